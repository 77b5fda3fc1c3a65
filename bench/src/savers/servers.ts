import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { Client } from 'pg'

const variables = { redis: 'REDIS_URL', postgres: 'POSTGRES_URL' } as const

/** Where the server of a bench is; the bench sets it for its child processes when the user has not. */
export function serverUrl(kind: keyof typeof variables): string {
  const url = process.env[variables[kind]]
  if (!url) throw new Error(`no ${kind} server: set ${variables[kind]}, or install one`)
  return url
}

/** Tables, indexes and overflow of a schema, as Postgres counts them. */
export async function schemaBytes(url: string, schema: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 AS bytes
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
      [schema],
    )
    return rows[0].bytes
  } finally {
    await client.end()
  }
}

/** What the rows of our tables take, without indexes and without room that dead ones leave. */
export async function liveRowBytes(url: string, schema: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const sums = ['rows', 'partitions', 'entries'].map(
      (name) => `coalesce((SELECT sum(pg_column_size(t.*)) FROM "${schema}".${name} t), 0)`,
    )
    const { rows } = await client.query(`SELECT (${sums.join(' + ')})::float8 AS bytes`)
    return rows[0].bytes
  } finally {
    await client.end()
  }
}

/** Waits for the server's own autovacuum to come by, which it does once a minute; three at most. */
export async function untilVacuumed(url: string, schema: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    // Connections tell what they did up to ten seconds late.
    await sleep(12_000)
    for (let seconds = 12; seconds < 180; seconds += 2) {
      await sleep(2000)
      const { rows } = await client.query(
        `SELECT coalesce(bool_and(n_dead_tup <= 100 + 0.06 * n_live_tup), true) AS clean
           FROM pg_stat_user_tables WHERE schemaname = $1`,
        [schema],
      )
      if (rows[0].clean) return
    }
  } finally {
    await client.end()
  }
}

/** The sum of MEMORY USAGE over the keys that start with `prefix`. For benches only: it scans the server. */
export async function keyBytes(url: string, prefix: string): Promise<number> {
  const client = new Redis(url)
  try {
    let bytes = 0
    for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1000 })) {
      for (const key of keys as string[]) bytes += (await client.memory('USAGE', key, 'SAMPLES', 0)) ?? 0
    }
    return bytes
  } finally {
    await client.quit()
  }
}

/** `used_memory` over `used_memory_rss`: what Redis holds of what the machine gave it. */
export async function usedOverResident(url: string): Promise<number> {
  const client = new Redis(url)
  try {
    const info = await client.info('memory')
    const figure = (name: string): number => Number(info.match(new RegExp(`^${name}:(\\d+)`, 'm'))?.[1])
    return figure('used_memory') / figure('used_memory_rss')
  } finally {
    await client.quit()
  }
}
