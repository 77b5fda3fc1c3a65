import { createHash } from 'node:crypto'
import { postgresStore } from '@everthread/core/postgres'
import { expect, it } from 'vitest'
import { createCodec } from '../../packages/core/src/codec/codec.ts'
import { cellsSql, tablesSql } from '../../packages/core/src/stores/postgres/tables-sql.ts'
import { freshSchema, query } from './postgres-schema.ts'

const url = process.env.EVERTHREAD_TEST_POSTGRES as string
const schemas = { 1: freshSchema(url), 2: freshSchema(url) }
const partition = { tenant: 'tenant', id: 'session' }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function stored(key: string): string {
  const value = createCodec().encode(bytes(`old ${key}`), { partition, key })
  return `'\\x${Buffer.from(value).toString('hex')}'`
}

/** The tables of format 1, a function of it, and a partition with two rows. */
async function makeFormat1(): Promise<void> {
  const s = `"${schemas[1]}"`
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

/** The tables of format 2, and a partition with two cells, a row, an index entry and two remembered commits. */
async function makeFormat2(): Promise<void> {
  const s = `"${schemas[2]}"`
  const scope = createHash('sha256').update('tenant\0by-name').digest().subarray(0, 15).toString('base64')
  const print = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 24)
  await query(
    url,
    `CREATE SCHEMA ${s};
     CREATE TABLE ${s}.meta(name text PRIMARY KEY, value bigint NOT NULL);
     ${tablesSql(s)}
     ${cellsSql(s)}
     INSERT INTO ${s}.meta VALUES('format', 2);
     CREATE FUNCTION ${s}.commit_v2() RETURNS void LANGUAGE sql AS '';
     INSERT INTO ${s}.partitions(tenant, name, base, commits, recent, entries, cells) VALUES('tenant', 'session', 1000, 70000,
       '\\x${print('newest')}00000001${print('older')}00000000', '[{"s": "${scope}", "o": "zoe"}]',
       ARRAY[ROW('a', 69999, ${stored('a')}), ROW('ä/c', 3, ${stored('ä/c')})]::${s}.cell[]);
     INSERT INTO ${s}.partitions(tenant, name, base, commits, recent) VALUES('tenant', 'empty', 5, 0, '');
     INSERT INTO ${s}.rows(partition, rev, key, value) VALUES(1, 0, 'b', ${stored('b')});
     INSERT INTO ${s}.entries(partition, scope, sort, id) VALUES(1, '${scope}', 'zoe', 'session');`,
  )
}

/** How many functions of a format are left. */
async function functionsOf(format: 1 | 2): Promise<unknown> {
  const rows = await query(
    url,
    `SELECT count(*)::int FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname = '${schemas[format]}' AND p.proname LIKE '%\\_v${format}'`,
  )
  return rows[0]?.count
}

it('brings a schema of format 1 to its own, with all that is in it', async () => {
  await makeFormat1()
  const store = postgresStore(url, { schema: schemas[1] })
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
    expect(await functionsOf(1)).toBe(0)
  } finally {
    await store.close()
  }
})

it('brings a schema of format 2 to its own, with its cells, index entries and remembered commits', async () => {
  await makeFormat2()
  const store = postgresStore(url, { schema: schemas[2] })
  try {
    const before = await store.read(partition, [{ prefix: '', limit: 9 }])
    expect(before).toMatchObject({ rev: 71_000 })
    expect(before.rows[0]).toMatchObject([
      { key: 'a', rev: 70_999, value: bytes('old a') },
      { key: 'b', rev: 1000, value: bytes('old b') },
      { key: 'ä/c', rev: 1003, value: bytes('old ä/c') },
    ])
    expect(await store.read({ tenant: 'tenant', id: 'empty' }, [])).toMatchObject({ rev: 5 })
    const found = { rows: [{ partition, sort: 'zoe' }] }
    expect(await store.query('tenant', { index: 'by-name', limit: 9 })).toEqual(found)

    const ops = [{ put: 'a', value: bytes('lost') }]
    expect(await store.commit(partition, { id: 'newest', ops })).toMatchObject({ repeated: true, rev: 71_000 })
    expect(await store.commit(partition, { id: 'older', ops })).toMatchObject({ repeated: true, rev: 70_999 })

    const index = [{ index: 'by-name', sort: 'adam' }]
    const commit = { id: 'next', ops: [{ put: 'ä/c', value: bytes('new c') }], index }
    expect(await store.commit(partition, commit)).toMatchObject({ ok: true, repeated: false, rev: 71_001 })
    const after = await store.read(partition, [{ get: ['a', 'ä/c'] }])
    expect(after.rows[0]).toMatchObject([
      { key: 'a', rev: 70_999, value: bytes('old a') },
      { key: 'ä/c', rev: 71_001, value: bytes('new c') },
    ])
    expect(await store.query('tenant', { index: 'by-name', limit: 9 })).toEqual({ rows: [{ partition, sort: 'adam' }] })

    await store.drop(partition)
    await store.drop({ tenant: 'tenant', id: 'empty' })
    const left = await query(
      url,
      ['partitions', 'rows', 'entries'].map((table) => `SELECT FROM "${schemas[2]}".${table}`).join(' UNION ALL '),
    )
    expect(left).toEqual([])
    expect(await functionsOf(2)).toBe(0)
  } finally {
    await store.close()
  }
})
