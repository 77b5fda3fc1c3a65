import { setTimeout as sleep } from 'node:timers/promises'
import type { Store } from '@everthread/core'
import { postgresStore } from '@everthread/core/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { keepLedger, type LedgerReport } from './ledger.ts'
import { query } from './postgres-schema.ts'

/** All of it in the soak, a tenth in every run. */
const commits = process.env.EVERTHREAD_SOAK ? 500 : 50
const writers = 4
const clean = {
  acknowledged: writers * commits,
  lost: [],
  doubled: [],
  halfVisible: [],
} satisfies Partial<LedgerReport>

let server: PostgresServer
let stores: Store[]

beforeAll(async () => {
  server = await startPostgres({ settings: { synchronous_commit: 'on' } })
  stores = Array.from({ length: writers }, () => postgresStore(server.url, { backoffMs: 20, connections: 2 }))
})
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  await server.stop()
})

/** Does something to the server again and again, until the work is done; answers how often. */
async function meanwhile<T>(work: Promise<T>, strike: () => Promise<unknown>): Promise<[T, number]> {
  let done = false
  const finished = work.finally(() => {
    done = true
  })
  let strikes = 0
  while (!done) {
    await sleep(40)
    await strike()
    strikes++
  }
  return [await finished, strikes]
}

describe('four writers lose nothing and double nothing', () => {
  it('when backends are terminated in the middle of what they do', async () => {
    const terminate = () =>
      query(
        server.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND query LIKE '%commit_v3%' ORDER BY random() LIMIT 2`,
      )
    const [report, strikes] = await meanwhile(keepLedger(stores, { writers, commits }), terminate)
    expect(report).toMatchObject(clean)
    expect(strikes).toBeGreaterThan(0)
  })

  it('when the server crashes and recovers', async () => {
    const crash = async () => {
      await server.kill()
      await server.restart()
      await sleep(300)
    }
    const [report, strikes] = await meanwhile(keepLedger(stores, { writers, commits: commits * 2 }), crash)
    expect(report).toMatchObject({ ...clean, acknowledged: writers * commits * 2 })
    expect(strikes).toBeGreaterThan(0)
  })

  it('when statements are cancelled', async () => {
    const cancel = () =>
      query(
        server.url,
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%commit_v3%'`,
      )
    const [report] = await meanwhile(keepLedger(stores, { writers, commits }), cancel)
    expect(report).toMatchObject(clean)
  })
})

it('a server that comes back is watched again, and what happened meanwhile is not missed', async () => {
  const [store] = stores as [Store]
  const partition = { tenant: 'watched', id: 'session' }
  const watcher = postgresStore(server.url, { watchIntervalMs: 50 })
  const until = new AbortController()
  const hints = watcher.watch([partition], until.signal)[Symbol.asyncIterator]()
  await hints.next()
  await server.kill()
  await server.restart()
  await store.commit(partition, { id: 'after', ops: [{ put: 'a', value: new Uint8Array() }] })
  while ((await watcher.read(partition, [{ get: ['a'] }])).rows[0]?.length === 0) await hints.next()
  until.abort()
  await watcher.close()
})
