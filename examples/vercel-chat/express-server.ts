import { streamText } from 'ai'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { agent } from './lib/agent.ts'
import { chat } from './lib/chat.ts'
import { problemOf } from './lib/problem.ts'
import { visitorOf } from './lib/visitor.ts'

/** The routes of the chat, on Express 5. */
export function chatRoutes(): Express {
  const app = express()
  app.disable('x-powered-by').use('/api/chat', express.json({ limit: '1mb' }))

  app.post('/api/chat', async (req, res) => {
    await using turn = await chat.begin(req.body, { owner: visitorOf(req.headers.cookie) })
    const messages = await turn.messages()
    const { signal: abortSignal, prepareStep } = turn
    await turn.pipe(() => streamText({ ...agent, messages, abortSignal, prepareStep }), res)
  })
  app.get('/api/chat/:id/stream', (req, res) => {
    const after = req.query.after as string | undefined
    return chat.resume(req.params.id, { owner: visitorOf(req.headers.cookie), after }, res)
  })
  app.post('/api/chat/:id/stop', (req, res) => chat.stop(req.params.id, { owner: visitorOf(req.headers.cookie) }, res))

  app.get('/api/chat', async (req, res) => {
    res.json(await chat.list({ owner: visitorOf(req.headers.cookie), limit: 50 }))
  })
  app.get('/api/chat/:id', async (req, res) => {
    const owner = visitorOf(req.headers.cookie)
    const [messages, siblings] = await Promise.all([
      chat.history(req.params.id, { owner }),
      chat.siblings(req.params.id, { owner }),
    ])
    res.json({ messages, siblings })
  })
  app.post('/api/chat/:id/branch', async (req, res) => {
    await chat.show(req.params.id, { owner: visitorOf(req.headers.cookie), branch: String(req.body?.branch) })
    res.status(204).end()
  })
  return app.use(problems)
}

const problems: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error)
  const problem = problemOf(error)
  res.status(problem.status).json(problem)
}
