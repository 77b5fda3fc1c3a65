import { EverthreadError, type Session } from '@everthread/core'
import { type Request, Router } from 'express'
import { z } from 'zod'
import { streamAnswer } from './answer-stream.ts'
import type { Answers } from './answers.ts'
import { perMinute } from './protection.ts'

const question = z.strictObject({ id: z.uuid(), text: z.string().trim().min(1).max(4_000) })

export interface ChatRoutesOptions {
  answers: Answers
  questionsPerMinute: number
  heartbeatMs: number
}

/** What the routes of `sessionRoutes` leave to the application: asking its agent. */
export function chatRoutes({ answers, questionsPerMinute, heartbeatMs }: ChatRoutesOptions): Router {
  const routes = Router()
  routes.post('/:id/ask', perMinute(questionsPerMinute), async (req, res) => {
    const asked = question.parse(req.body)
    const chat = await ownChat(req)
    res.status(202).json({ turn: await answers.ask(chat, asked) })
  })
  routes.get('/:id/answer', async (req, res) => {
    await streamAnswer(req, res, await ownChat(req), { answers, heartbeatMs })
  })
  routes.post('/:id/stop', async (req, res) => {
    await answers.stop(await ownChat(req))
    res.status(204).end()
  })
  // Pages follow the turn under way as that of the branch that they show.
  routes.post(['/:id/fork', '/:id/switch'], async (req, _res, next) => {
    if (await (await ownChat(req)).turns.running()) {
      throw new EverthreadError('SESSION_BUSY', 'Stop the answer that is under way, or wait for it')
    }
    next()
  })
  return routes
}

/** @throws `SESSION_NOT_FOUND` also for somebody else's */
async function ownChat(req: Request): Promise<Session> {
  const chat = await req.session.chats.get(String(req.params.id))
  if (chat) return chat
  throw new EverthreadError('SESSION_NOT_FOUND', 'There is no such chat of yours')
}
