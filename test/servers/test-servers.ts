import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'

/** Where tests find running servers: the names of the environment, with the user's own that take precedence. */
const sources = {
  EVERTHREAD_TEST_REDIS: { own: 'REDIS_URL', start: () => startRedis() },
  EVERTHREAD_TEST_REDIS_CLUSTER: { own: 'REDIS_CLUSTER_URLS', start: () => startRedisCluster() },
  EVERTHREAD_TEST_POSTGRES: { own: 'POSTGRES_URL', start: () => startPostgres() },
}

export interface TestServers {
  urls: Record<string, string>
  stop(): Promise<void>
}

/** Starts what the environment does not name already. Fails with one line for each server that cannot be had. */
export async function startTestServers(names: Set<string> = new Set(Object.keys(sources))): Promise<TestServers> {
  const urls: Record<string, string> = {}
  const stops: (() => Promise<void>)[] = []
  const problems: string[] = []
  const stop = async () => {
    await Promise.all(stops.map((end) => end()))
  }
  await Promise.all(
    Object.entries(sources).map(async ([name, { own, start }]) => {
      if (!names.has(name)) return
      const given = process.env[own] ?? process.env[name]
      if (given) {
        urls[name] = given
        return
      }
      try {
        const server = await start()
        urls[name] = server.url
        stops.push(() => server.stop())
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error))
      }
    }),
  )
  if (problems.length > 0) {
    await stop()
    throw new Error(`Test servers are missing. ${[...new Set(problems)].join('. ')}`)
  }
  return { urls, stop }
}
