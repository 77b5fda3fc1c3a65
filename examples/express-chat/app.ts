import { join } from 'node:path'
import { LifecycleManager, SessionManager, type Store } from '@everthread/core'
import { session, sessionRoutes } from '@everthread/express-middleware'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import express, { type Express } from 'express'
import { accountRoutes } from './account-routes.ts'
import { createAgent } from './agent.ts'
import { Answers } from './answers.ts'
import { chatRoutes } from './chat-routes.ts'
import { problemHandler, sendProblem } from './problems.ts'
import { headers, ownPageOnly, perMinute } from './protection.ts'

const DAY = 24 * 3_600_000
const pages = join(import.meta.dirname, 'public')

export interface AppOptions {
  store: Store
  secret: string
  model: BaseChatModel
  /** The folder that the agent answers from. */
  folder: string
  /** Hears of errors that no client is at fault for. */
  report: (error: unknown) => void
  /** A minute, from one address. */
  limits?: { requests?: number; questions?: number; logins?: number }
  /** How often a stream looks whether its reader is still logged in, ms. */
  heartbeatMs?: number
  /** How long a chat stays taken when the server that answers in it died, ms. */
  leaseMs?: number
  /** How many proxies stand before the server. */
  proxies?: number
}

/** The application, and what has to be closed when its server does: before the store. */
export function createApp(options: AppOptions): { app: Express; close(): Promise<void> } {
  const { store, secret, report, limits = {}, heartbeatMs = 10_000, leaseMs = 10_000, proxies = 0 } = options
  const sessions = new SessionManager({ store, lease: { ttlMs: leaseMs }, expiry: { expireMs: 30 * DAY } })
  // Deletes every hour what has been over for long, until the manager is closed.
  new LifecycleManager({ sessions, onError: report }).start()
  const answers = new Answers(createAgent(options), report)

  const app = express()
  app.disable('x-powered-by').set('trust proxy', proxies)
  app.use(headers)
  app.use(express.static(pages, { index: false }))
  app.get(['/', '/c/:id'], (_req, res) => res.sendFile('index.html', { root: pages }))

  // In this order, what is refused costs no look into the store.
  app.use(perMinute(limits.requests ?? 600), ownPageOnly, express.json({ limit: '16kb' }))
  const cookie = { httpOnly: true, sameSite: 'lax', secure: 'auto' } as const
  app.use(
    session({ sessions, secret, name: 'chat.sid', cookie, idle: 7 * DAY, absolute: 30 * DAY }).on('error', report),
  )
  app.use('/account', accountRoutes(limits.logins ?? 10))
  app.use('/chats', chatRoutes({ answers, heartbeatMs, questionsPerMinute: limits.questions ?? 30 }))
  app.use('/chats', sessionRoutes({ sessions, heartbeatMs }))
  app.use((_req, res) => sendProblem(res, 404, 'NOT_FOUND', 'There is nothing here'))
  app.use(problemHandler(report))

  async function close(): Promise<void> {
    await answers.close()
    await sessions.close()
  }
  return { app, close }
}
