import { startPostgres } from '../../test/servers/postgres.ts'
import { startRedis } from '../../test/servers/redis.ts'

export interface BenchServers {
  /** Names of savers whose server cannot be had here, with the reason. */
  unavailable: Record<string, string>
  stop(): Promise<void>
}

/**
 * A bench does in seconds what takes days in life: autovacuum, which comes by once a minute, would see none of it, and
 * the size would be that of everything that was ever written. So it comes once a second.
 */
const kinds = {
  redis: { variable: 'REDIS_URL', start: startRedis },
  postgres: { variable: 'POSTGRES_URL', start: () => startPostgres({ settings: { autovacuum_naptime: '1s' } }) },
}

/** Starts the servers that the named savers need and sets their URLs for child processes; uses the user's where set. */
export async function startServers(names: readonly string[]): Promise<BenchServers> {
  const unavailable: Record<string, string> = {}
  const stops: (() => Promise<void>)[] = []
  for (const [kind, { variable, start }] of Object.entries(kinds)) {
    const wanting = names.filter((name) => name.startsWith(kind))
    if (wanting.length === 0 || process.env[variable]) continue
    try {
      const server = await start()
      process.env[variable] = server.url
      stops.push(async () => {
        delete process.env[variable]
        await server.stop()
      })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      for (const name of wanting) unavailable[name] = reason
    }
  }
  return { unavailable, stop: async () => void (await Promise.all(stops.map((stop) => stop()))) }
}
