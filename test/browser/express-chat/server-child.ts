/** The example's server in a process of its own, on a file of SQLite, for tests to kill. */
import { sqliteStore } from '@everthread/core/sqlite'
import { Gate } from '../gate.ts'
import { startChat } from './chat-server.ts'

export interface ServerOrder {
  file: string
  port?: number
  /** How many words of answers it lets through. Default: all. */
  words?: number
}

process.once('message', async ({ file, port, words }: ServerOrder) => {
  const gate = new Gate()
  if (words !== undefined) gate.after(words)
  const { url } = await startChat({ store: sqliteStore(file), gate, ...(port === undefined ? {} : { port }) })
  process.send?.(url)
})
