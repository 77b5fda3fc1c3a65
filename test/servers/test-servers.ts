import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import { startRedisCluster } from './redis-cluster.ts'
import { scansOn } from './scans.ts'

interface TestServer {
  url: string
  /** The processes of a Redis or of a cluster. */
  redis: { port: number }[]
  stop(): Promise<void>
}

/** Where tests find running servers: the names of the environment, with the user's own that take precedence. */
const sources: Record<string, { own: string; start(): Promise<TestServer> }> = {
  EVERTHREAD_TEST_REDIS: {
    own: 'REDIS_URL',
    start: async () => {
      const server = await startRedis()
      return { url: server.url, redis: [server], stop: server.stop }
    },
  },
  EVERTHREAD_TEST_REDIS_CLUSTER: {
    own: 'REDIS_CLUSTER_URLS',
    start: async () => {
      const cluster = await startRedisCluster()
      return { url: cluster.url, redis: cluster.nodes, stop: cluster.stop }
    },
  },
  EVERTHREAD_TEST_POSTGRES: {
    own: 'POSTGRES_URL',
    start: async () => {
      const server = await startPostgres()
      return { url: server.url, redis: [], stop: server.stop }
    },
  },
}

export interface TestServers {
  urls: Record<string, string>
  /** What scans a database and was called on a Redis that was started here: one line for each server. */
  scans(): Promise<string[]>
  stop(): Promise<void>
}

/** Starts what the environment does not name already. Fails with one line for each server that cannot be had. */
export async function startTestServers(names: Set<string> = new Set(Object.keys(sources))): Promise<TestServers> {
  const urls: Record<string, string> = {}
  const started: TestServer[] = []
  const problems: string[] = []
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()))
  }
  const scans = async () => {
    const lines = started.flatMap(({ redis }) =>
      redis.map(async (node) => {
        const calls = await scansOn(node)
        return calls.length > 0 ? [`The Redis on port ${node.port} was asked for ${calls.join(' and ')}`] : []
      }),
    )
    return (await Promise.all(lines)).flat()
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
        started.push(server)
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error))
      }
    }),
  )
  if (problems.length > 0) {
    await stop()
    throw new Error(`Test servers are missing. ${[...new Set(problems)].join('. ')}`)
  }
  return { urls, scans, stop }
}
