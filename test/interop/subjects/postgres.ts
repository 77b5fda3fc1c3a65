import { randomUUID } from 'node:crypto'
import type { CodecOptions, Store } from '@everthread/core'
import { postgresStore } from '@everthread/core/postgres'
import { Client } from 'pg'
import type { Subject } from './subject.ts'

const url = process.env.EVERTHREAD_TEST_POSTGRES as string

export const openAt = (schema: string, codec?: CodecOptions): Store =>
  postgresStore(url, { schema, connections: 4, ...(codec ? { codec } : {}) })

/** A schema of its own. */
export const postgres: Subject = {
  name: 'Postgres',
  create: (codec) => {
    const address = `interop_${randomUUID().slice(0, 8)}`
    return { open: () => openAt(address, codec), address, remove: () => dropSchema(address) }
  },
}

async function dropSchema(schema: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  try {
    await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
  } finally {
    await client.end()
  }
}
