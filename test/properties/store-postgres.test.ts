import { randomUUID } from 'node:crypto'
import { postgresStore } from '@everthread/core/postgres'
import { storeMatchesMemory } from '@everthread/core/testing'
import { Client } from 'pg'
import { afterAll } from 'vitest'

const url = process.env.EVERTHREAD_TEST_POSTGRES as string
const schema = `properties_${randomUUID().slice(0, 8)}`

afterAll(async () => {
  const client = new Client(url)
  await client.connect()
  await client.query(`DROP SCHEMA "${schema}" CASCADE`)
  await client.end()
})

storeMatchesMemory((options) => postgresStore(url, { ...options, schema, connections: 2 }), {
  name: 'Postgres store',
  runs: process.env.EVERTHREAD_SOAK ? 1000 : 50,
})

// Small rows stand in their partition's row until there is no room for more, and large ones never do.
storeMatchesMemory((options) => postgresStore(url, { ...options, schema, connections: 2 }), {
  name: 'Postgres store, larger values',
  runs: process.env.EVERTHREAD_SOAK ? 1000 : 30,
  largest: 200,
})
