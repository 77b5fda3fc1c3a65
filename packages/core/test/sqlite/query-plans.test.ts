import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { INDEX_QUERIES } from '../../src/stores/sqlite/query-index.ts'
import { ROW_QUERIES } from '../../src/stores/sqlite/row-access.ts'
import { SCHEMA } from '../../src/stores/sqlite/schema.ts'

const database = new DatabaseSync(':memory:')
database.exec(SCHEMA)

function planOf(sql: string): string {
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array.from(sql.matchAll(/\?/g), () => 1))
  return steps.map(({ detail }) => detail).join('\n')
}

it.each(Object.entries(ROW_QUERIES))('rows are found by a search of their index: %s', (_, sql) => {
  const plan = planOf(sql)
  expect(plan).toMatch(/SEARCH rows USING (COVERING )?INDEX rows_by_key \(partition=\? AND key/)
  expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
})

it.each(Object.entries(INDEX_QUERIES))('index entries are found by a search, in their order: %s', (_, sql) => {
  const plan = planOf(sql)
  expect(plan).toMatch(/SEARCH entries USING PRIMARY KEY \(tenant=\? AND name=\? AND/)
  expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
})
