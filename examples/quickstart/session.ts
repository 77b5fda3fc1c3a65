import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadSaver } from '@everthread/langchain-adapter'

/** Where the example keeps its session, under the folder that it is started in. */
export const databasePath: string = join('.everthread', 'quickstart.db')

/** LangGraph's way of naming the session. */
export const thread: { configurable: { thread_id: string } } = { configurable: { thread_id: 'quickstart' } }

export interface OpenSession {
  saver: EverthreadSaver
  close(): Promise<void>
}

export function openSession(): OpenSession {
  mkdirSync(dirname(databasePath), { recursive: true })
  const store = sqliteStore(databasePath)
  return { saver: new EverthreadSaver({ store }), close: () => store.close() }
}
