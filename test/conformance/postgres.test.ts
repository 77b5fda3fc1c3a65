import { randomUUID } from 'node:crypto'
import { type PostgresStoreOptions, postgresStore } from '@everthread/core/postgres'
import { storeConformance } from '@everthread/core/testing'
import { Client } from 'pg'
import { afterAll } from 'vitest'

const url = process.env.EVERTHREAD_TEST_POSTGRES as string
const schema = `conformance_${randomUUID().slice(0, 8)}`

function open(options: PostgresStoreOptions) {
  return postgresStore(url, { ...options, schema, connections: 4, watchIntervalMs: 20 })
}

afterAll(async () => {
  const client = new Client(url)
  await client.connect()
  await client.query(`DROP SCHEMA "${schema}" CASCADE`)
  await client.end()
})

storeConformance(open, { name: 'Postgres store', reopen: (_, options) => open(options) })
