import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll } from 'vitest'

/** A schema name of the test file's own, removed at its end. */
export function freshSchema(url: string): string {
  const schema = `faults_${randomUUID().slice(0, 8)}`
  afterAll(() => query(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
  return schema
}

/** Runs SQL on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url)
  await client.connect()
  try {
    const { rows } = await client.query(sql)
    return rows
  } finally {
    await client.end()
  }
}
