import { postgresStore } from '@everthread/core/postgres'
import { expect, it } from 'vitest'
import { createCodec } from '../../packages/core/src/codec/codec.ts'
import { tablesSql } from '../../packages/core/src/stores/postgres/tables-sql.ts'
import { freshSchema, query } from './postgres-schema.ts'

const url = process.env.EVERTHREAD_TEST_POSTGRES as string
const schema = freshSchema(url)
const partition = { tenant: 'tenant', id: 'session' }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The tables of format 1, a function of it, and a partition with two rows. */
async function makeFormat1(): Promise<void> {
  const s = `"${schema}"`
  const stored = (key: string): string => {
    const value = createCodec().encode(bytes(`old ${key}`), { partition, key })
    return `'\\x${Buffer.from(value).toString('hex')}'`
  }
  await query(
    url,
    `CREATE SCHEMA ${s};
     CREATE TABLE ${s}.meta(name text PRIMARY KEY, value bigint NOT NULL);
     ${tablesSql(s)}
     INSERT INTO ${s}.meta VALUES('format', 1);
     CREATE FUNCTION ${s}.commit_v1() RETURNS void LANGUAGE sql AS '';
     INSERT INTO ${s}.partitions(tenant, name, base, commits, recent) VALUES('tenant', 'session', 1000, 0, '');
     INSERT INTO ${s}.rows(partition, rev, key, value) VALUES(1, 0, 'a', ${stored('a')}), (1, 0, 'b', ${stored('b')});`,
  )
}

it('brings a schema of format 1 to its own, with all that is in it', async () => {
  await makeFormat1()
  const store = postgresStore(url, { schema })
  try {
    const before = await store.read(partition, [{ prefix: '', limit: 9 }])
    expect(before.rows[0]).toMatchObject([
      { key: 'a', rev: 1000, value: bytes('old a') },
      { key: 'b', rev: 1000, value: bytes('old b') },
    ])
    const ops = [
      { put: 'a', value: bytes('new a') },
      { put: 'c', value: bytes('new c') },
    ]
    const outcome = await store.commit(partition, { id: '1', expect: [{ key: 'a', rev: 1000 }], ops })
    expect(outcome).toMatchObject({ ok: true, rev: 1001 })
    const after = await store.read(partition, [{ prefix: '', limit: 9 }])
    expect(after.rows[0]).toMatchObject([
      { key: 'a', rev: 1001, value: bytes('new a') },
      { key: 'b', rev: 1000, value: bytes('old b') },
      { key: 'c', rev: 1001, value: bytes('new c') },
    ])
    const left = await query(
      url,
      `SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = '${schema}' AND p.proname LIKE '%\\_v1'`,
    )
    expect(left).toEqual([{ count: '0' }])
  } finally {
    await store.close()
  }
})
