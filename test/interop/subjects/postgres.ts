import { randomUUID } from 'node:crypto'
import { postgresStore } from '@everthread/core/postgres'
import { Client } from 'pg'
import type { Subject } from './subject.ts'

const url = process.env.EVERTHREAD_TEST_POSTGRES as string

/** A schema of its own. */
export const postgres: Subject = {
  name: 'Postgres',
  create: (codec) => {
    const schema = `interop_${randomUUID().slice(0, 8)}`
    return {
      open: () => postgresStore(url, { schema, connections: 4, ...(codec ? { codec } : {}) }),
      remove: () => dropSchema(schema),
    }
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
