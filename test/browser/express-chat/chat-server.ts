import { join } from 'node:path'
import type { Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { redisStore } from '@everthread/core/redis'
import { sqliteStore } from '@everthread/core/sqlite'
import type { AppOptions } from '../../../examples/express-chat/app.ts'
import { type ChatServer, serve } from '../../../examples/express-chat/serve.ts'
import { speakingModel } from '../../../examples/express-chat/speaking-model.ts'
import { makeFolder } from '../../servers/server-process.ts'
import { Gate } from '../gate.ts'

const folder = join(import.meta.dirname, '../../../examples/quickstart/handbook')

export interface TestChat extends ChatServer {
  gate: Gate
  /** What the server had to report. */
  reports: unknown[]
}

const running: TestChat[] = []

/** For `afterAll`: the pages of a test close after its `afterEach`. Gives what servers had to report. */
export async function closeChats(): Promise<unknown[]> {
  const closed = [...running]
  for (const chat of closed) await chat.close()
  return closed.flatMap(({ reports }) => reports)
}

export async function startChat(
  options: Partial<AppOptions> & { store?: Store; gate?: Gate; port?: number } = {},
): Promise<TestChat> {
  const { gate = new Gate(), ...given } = options
  const reports: unknown[] = []
  const { model } = await speakingModel(gate.pass)
  const server = await serve({
    store: memoryStore(),
    secret: 'a secret of the tests',
    model,
    folder,
    heartbeatMs: 200,
    leaseMs: 1_000,
    report: (error) => void reports.push(error),
    ...given,
  })
  const close = async (): Promise<void> => {
    running.splice(running.indexOf(chat), 1)
    await server.close()
  }
  const chat: TestChat = { ...server, gate, reports, close }
  running.push(chat)
  return chat
}

/** Opens a store, and later the same again. */
export const stores: Readonly<Record<string, () => () => Store>> = {
  SQLite: () => {
    const path = join(makeFolder('express-chat'), 'chat.db')
    return () => sqliteStore(path)
  },
  Redis: () => {
    const prefix = crypto.randomUUID()
    return () => redisStore(process.env.EVERTHREAD_TEST_REDIS ?? '', { prefix })
  },
}
