import { randomBytes, randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@everthread/core'
import { type PostgresStoreOptions, postgresStore } from '@everthread/core/postgres'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.ts'
import { query } from './postgres-schema.ts'

const partition = { tenant: 'acme', id: 'user1' }
const rules = join(tmpdir(), `everthread-hba-${randomUUID()}.conf`)

let server: PostgresServer

beforeAll(async () => {
  writeFileSync(rules, 'host all guarded all scram-sha-256\nhost all all all trust\n', { mode: 0o644 })
  server = await startPostgres({ settings: { hba_file: rules } })
  await query(server.url, "CREATE ROLE guarded LOGIN PASSWORD 'right'; CREATE ROLE guest LOGIN; CREATE ROLE slow LOGIN")
  await query(server.url, 'GRANT ALL ON DATABASE everthread TO guarded, slow')
  await query(server.url, 'ALTER ROLE slow SET statement_timeout = 200')
})
afterAll(async () => {
  await server.stop()
  rmSync(rules)
})

function urlFor(change: (url: URL) => void): string {
  const url = new URL(server.url)
  change(url)
  return url.href
}

async function using<T>(url: string, options: PostgresStoreOptions, work: (store: Store) => Promise<T>): Promise<T> {
  const store = postgresStore(url, { retries: 1, backoffMs: 5, ...options })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Too large to stand in its partition's own row. */
const value = randomBytes(400)

const commitTo = (store: Store) => store.commit(partition, { id: randomUUID(), ops: [{ put: 'a', value }] })

describe('one clear error for', () => {
  it('a server that is not there', async () => {
    const url = urlFor((it) => {
      it.port = '1'
    })
    await expect(using(url, {}, commitTo)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'no' })
  })

  it('a host that does not exist', async () => {
    const url = urlFor((it) => {
      it.hostname = 'nowhere.invalid'
    })
    await expect(using(url, {}, commitTo)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', committed: 'no' })
  })

  it.each(['wrong', ''])('the password %j where another is wanted', async (password) => {
    const url = urlFor((it) => {
      it.username = 'guarded'
      it.password = password
    })
    await expect(using(url, {}, commitTo)).rejects.toMatchObject({ code: 'STORE_AUTH', committed: 'no' })
  })

  it('a user that may not make the schema', async () => {
    const url = urlFor((it) => {
      it.username = 'guest'
    })
    await expect(using(url, { schema: 'guests' }, commitTo)).rejects.toMatchObject({ code: 'STORE_AUTH' })
  })

  it('a database that does not exist', async () => {
    const url = urlFor((it) => {
      it.pathname = '/nothing'
    })
    await expect(using(url, {}, commitTo)).rejects.toMatchObject({ code: 'STORE_CANNOT_OPEN', committed: 'no' })
  })

  it('a database of another encoding', async () => {
    await query(server.url, "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    const url = urlFor((it) => {
      it.pathname = '/ascii'
    })
    await expect(using(url, {}, commitTo)).rejects.toMatchObject({ code: 'STORE_CANNOT_OPEN' })
  })

  it('a schema of a newer release', async () => {
    await using(server.url, { schema: 'newer' }, commitTo)
    await query(server.url, "UPDATE newer.meta SET value = 99 WHERE name = 'format'")
    await expect(using(server.url, { schema: 'newer' }, commitTo)).rejects.toMatchObject({ code: 'STORE_NEWER_FORMAT' })
  })

  it('a schema whose functions are gone', async () => {
    await using(server.url, { schema: 'gone' }, async (store) => {
      await commitTo(store)
      await query(server.url, 'DROP SCHEMA gone CASCADE')
      await expect(commitTo(store)).rejects.toMatchObject({ code: 'STORE_NEWER_FORMAT', committed: 'no' })
    })
  })

  it('a disk that is full', async () => {
    await using(server.url, { schema: 'filled' }, async (store) => {
      await store.read(partition, [])
      await query(
        server.url,
        `CREATE FUNCTION filled.refuse() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON filled.rows FOR EACH ROW EXECUTE FUNCTION filled.refuse()`,
      )
      await expect(commitTo(store)).rejects.toMatchObject({ code: 'STORE_FULL', committed: 'no' })
      expect((await store.read(partition, [])).rev).toBe(0)
    })
  })

  it('a server that takes no writes', async () => {
    await using(server.url, { schema: 'standby' }, commitTo)
    await query(
      server.url,
      'CREATE ROLE reader LOGIN SUPERUSER; ALTER ROLE reader SET default_transaction_read_only = on',
    )
    const url = urlFor((it) => {
      it.username = 'reader'
    })
    await using(url, { schema: 'standby' }, async (store) => {
      expect((await store.read(partition, [{ get: ['a'] }])).rows[0]).toHaveLength(1)
      await expect(commitTo(store)).rejects.toMatchObject({ code: 'STORE_READ_ONLY', committed: 'no' })
    })
  })

  it('anything else that the server refuses', async () => {
    await using(server.url, { schema: 'refusing' }, async (store) => {
      await commitTo(store)
      await query(server.url, 'ALTER TABLE refusing.rows ADD CHECK (octet_length(value) > 1e6) NOT VALID')
      await expect(commitTo(store)).rejects.toMatchObject({ code: 'STORE_FAILED', committed: 'no' })
    })
  })
})

describe('a partition that somebody else keeps locked', () => {
  let blocker: Client

  beforeAll(async () => {
    await using(
      urlFor((it) => (it.username = 'slow')),
      { schema: 'locked' },
      commitTo,
    )
    blocker = new Client(server.url)
    await blocker.connect()
    await blocker.query('BEGIN; SELECT FROM locked.partitions FOR UPDATE')
  })
  afterAll(() => blocker.end())

  it('makes a commit give up, not knowing its end, when the client waits no longer', async () => {
    const commit = using(server.url, { schema: 'locked', timeoutMs: 300 }, commitTo)
    await expect(commit).rejects.toMatchObject({ code: 'STORE_TIMEOUT', committed: 'unknown' })
  })

  it('makes a commit give up, knowing that nothing happened, when the server waits no longer', async () => {
    const url = urlFor((it) => {
      it.username = 'slow'
    })
    await expect(using(url, { schema: 'locked' }, commitTo)).rejects.toMatchObject({
      code: 'STORE_TIMEOUT',
      committed: 'no',
    })
  })

  it('does not hold up reads', async () => {
    const rows = await using(server.url, { schema: 'locked' }, (store) => store.read(partition, [{ get: ['a'] }]))
    expect(rows.rows[0]).toHaveLength(1)
  })
})

describe('commits of one tick', () => {
  it('succeed beside one that the server refuses', async () => {
    await using(server.url, { schema: 'beside' }, async (store) => {
      await store.read(partition, [])
      await query(server.url, "ALTER TABLE beside.rows ADD CHECK (key <> 'bad')")
      const put = (id: string, key: string) => store.commit({ ...partition, id }, { id, ops: [{ put: key, value }] })
      const results = await Promise.allSettled([put('a', 'good'), put('b', 'bad'), put('c', 'good')])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((await store.read({ ...partition, id: 'b' }, [])).rev).toBe(0)
    })
  })
})

describe('reads of one tick', () => {
  it('succeed beside one that the server refuses', async () => {
    await using(server.url, { schema: 'read_beside' }, async (store) => {
      const at = (id: string) => ({ ...partition, id })
      const ids = ['a', 'b', 'c']
      for (const id of ids) await store.commit(at(id), { id, ops: [{ put: 'key', value }] })
      await query(server.url, "UPDATE read_beside.partitions SET cells = ARRAY['\\x00'::bytea] WHERE name = 'b'")
      const results = await Promise.allSettled(ids.map((id) => store.read(at(id), [{ get: ['key'] }])))
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(results[1]).toMatchObject({ reason: { code: 'STORE_FAILED' } })
    })
  })

  it('fail together when the server is gone', async () => {
    await using('postgres://127.0.0.1:1/nowhere', { retries: 0 }, async (store) => {
      const results = await Promise.allSettled(['a', 'b'].map((id) => store.read({ ...partition, id }, [])))
      expect(results).toMatchObject([
        { status: 'rejected', reason: { code: 'STORE_UNREACHABLE' } },
        { status: 'rejected', reason: { code: 'STORE_UNREACHABLE' } },
      ])
    })
  })
})

describe('transactions that the server cannot get in order', () => {
  it('are tried again', async () => {
    await query(
      server.url,
      "CREATE ROLE strict LOGIN SUPERUSER; ALTER ROLE strict SET default_transaction_isolation = 'serializable'",
    )
    const url = urlFor((it) => {
      it.username = 'strict'
    })
    await using(url, { schema: 'strict', retries: 20 }, async (store) => {
      const other = postgresStore(url, { schema: 'strict', retries: 20, backoffMs: 5 })
      const put = (at: number) =>
        (at % 2 ? store : other).commit(partition, { id: `${at}`, ops: [{ put: `k/${at}`, value: Buffer.from('x') }] })
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.all([0, 1, 2, 3].map((at) => put(round * 4 + at)))
        expect(outcomes.every(({ ok }) => ok)).toBe(true)
      }
      expect((await store.read(partition, [{ prefix: 'k/', limit: 100 }])).rows[0]).toHaveLength(40)
      await other.close()
    })
  })
})

describe('options', () => {
  it.each([undefined, 7, '', 'mysql://localhost', 'postgres://a:b@[broken/x', {}])(
    '%j is no pool and no URL',
    (given) => {
      expect(() => postgresStore(given as string)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }))
    },
  )

  it('a schema must have a plain name', () => {
    for (const schema of ['', 'a"b', 'a.b', 'x'.repeat(60)]) {
      expect(() => postgresStore(server.url, { schema })).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }))
    }
  })

  it('a pool that has no connection left in time says so', async () => {
    const pool = new Pool({ connectionString: server.url, max: 1 })
    const held = await pool.connect()
    const store = postgresStore(pool, { timeoutMs: 100, retries: 0 })
    await expect(commitTo(store)).rejects.toMatchObject({ code: 'STORE_TIMEOUT', committed: 'no' })
    held.release()
    await store.close()
    await pool.end()
  })
})
