import { request } from 'node:http'
import { setImmediate as tick } from 'node:timers/promises'
import express from 'express'
import type { AnyRequest } from './server.ts'
import { type Client, listen } from './server.ts'
import type { Opened } from './subjects.ts'

/** What goes wrong in practice: each scenario says what came of it, on whatever middleware and store. */
type Scenario<T> = (opened: Opened) => Promise<T>

const sessionOf = (req: object) => (req as AnyRequest).session
const times = <T>(count: number, work: (at: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, at) => work(at)))

type Route = (req: express.Request, res: express.Response, next: express.NextFunction) => unknown

function appOf(opened: Opened, routes: Record<string, Route>, options: object = {}): Promise<Client> {
  const app = express()
  app.use(opened.middleware(options) as unknown as express.RequestHandler)
  for (const [path, route] of Object.entries(routes)) app.get(path, route as express.RequestHandler)
  app.use((_error: unknown, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(500).send('failed')
  })
  return listen(app)
}

const login: Route = (req, res) => {
  sessionOf(req).user = 'ada'
  res.send('in')
}
const look: Route = (req, res) => res.json({ ...sessionOf(req), cookie: undefined })

/** Two servers with the same cookie, as behind a balancer. */
async function balanced(
  opened: Opened,
  routes: Record<string, Route>,
): Promise<(at: number, path: string) => Promise<string>> {
  const servers = [await appOf(opened, { ...routes, '/login': login, '/look': look }), await appOf(opened, routes)]
  await servers[0]?.get('/login')
  const headers = { cookie: servers[0]?.cookie ?? '' }
  return async (at, path) => (await servers[at % servers.length]?.get(path, headers))?.text ?? ''
}

/** How many of so many keys are kept, each set by a request of its own, all at once. */
export const ownKeys =
  (count: number): Scenario<number> =>
  async (opened) => {
    const ask = await balanced(opened, {
      '/set/:key': (req, res) => {
        sessionOf(req)[`key${req.params.key}`] = true
        res.send('set')
      },
    })
    await times(count, (at) => ask(at, `/set/${at}`))
    const kept = JSON.parse(await ask(0, '/look')) as object
    return Object.keys(kept).filter((key) => key.startsWith('key')).length
  }

/** How far a counter comes by so many requests at once. */
export const increments =
  (count: number): Scenario<number> =>
  async (opened) => {
    const ask = await balanced(opened, {
      '/more': async (req, res) => {
        const session = sessionOf(req) as unknown as { update?: (change: (draft: { n?: number }) => void) => unknown }
        if (session.update) {
          await session.update((draft) => {
            draft.n = (draft.n ?? 0) + 1
          })
        } else Object.assign(session, { n: ((session as { n?: number }).n ?? 0) + 1 })
        res.send('more')
      },
    })
    await times(count, (at) => ask(at, '/more'))
    return (JSON.parse(await ask(0, '/look')) as { n: number }).n
  }

/** Whether somebody who has logged out is logged in again by a slow request that was under way. */
export const resurrection: Scenario<boolean> = async (opened) => {
  let answer = () => undefined as undefined
  const arrived = Promise.withResolvers<void>()
  const client = await appOf(opened, {
    '/login': login,
    '/look': look,
    '/logout': (req, res) => void sessionOf(req).destroy(() => res.send('out')),
    '/slow': (req, res) => {
      sessionOf(req).slow = true
      answer = () => void res.send('slow')
      arrived.resolve()
    },
  })
  await client.get('/login')
  const { cookie } = client
  const slow = client.get('/slow')
  await arrived.promise
  await client.get('/logout')
  answer()
  await slow
  const { text } = await client.get('/look', { cookie: cookie ?? '' })
  return (JSON.parse(text) as { user?: string }).user === 'ada'
}

/** Whether the headers of an answer arrive before what it wrote is stored. */
export const earlyHeaders =
  (answer: Route): Scenario<boolean> =>
  async (opened) => {
    const client = await appOf(opened, { '/login': login, '/write': writing(answer) })
    await client.get('/login')
    const gate = Promise.withResolvers<void>()
    const atGate = Promise.withResolvers<void>()
    opened.beforeWrite = () => {
      atGate.resolve()
      return gate.promise
    }
    let hasArrived = false
    const arrived = new Promise<void>((resolve, reject) => {
      const sent = request(`${client.url}/write`, { headers: { cookie: client.cookie ?? '' } }, (res) => {
        hasArrived = true
        res.resume().once('end', resolve).once('error', reject)
      })
      sent.once('error', reject).end()
    })
    await atGate.promise
    // The bytes of an answer that has left are here after a few rounds of the event loop.
    for (let round = 0; round < 50; round++) await tick()
    const wasEarly = hasArrived
    gate.resolve()
    await arrived
    return wasEarly
  }

const writing =
  (answer: Route): Route =>
  (req, res, next) => {
    sessionOf(req).written = true
    return answer(req, res, next)
  }

/** Whether what a stream wrote to its session is stored, when the client goes away in the middle of it. */
export const abortedStream: Scenario<boolean> = async (opened) => {
  const closed = Promise.withResolvers<void>()
  const client = await appOf(opened, {
    '/login': login,
    '/look': look,
    '/stream': (req, res) => {
      res.write('data: half an answer\n\n')
      sessionOf(req).progress = 'half'
      res.once('close', closed.resolve)
    },
  })
  await client.get('/login')
  await new Promise<void>((resolve) => {
    const sent = request(`${client.url}/stream`, { headers: { cookie: client.cookie ?? '' } }, (res) => {
      res.once('data', () => sent.destroy())
      res.once('close', resolve)
      // That it was cut is what this is about.
      res.once('error', () => resolve())
    })
    sent.end()
  })
  await closed.promise
  for (let round = 0; round < 50; round++) await tick()
  const { text } = await client.get('/look')
  return (JSON.parse(text) as { progress?: string }).progress === 'half'
}

/** Whether the next request knows what a stream wrote to a new session after its first piece. */
export const lateStart: Scenario<boolean> = async (opened) => {
  const client = await appOf(opened, {
    '/look': look,
    '/stream': async (req, res) => {
      res.write('one ')
      await tick()
      sessionOf(req).answer = 'forty-two'
      res.end('two')
    },
  })
  await client.get('/stream')
  const { text } = await client.get('/look')
  return (JSON.parse(text) as { answer?: string }).answer === 'forty-two'
}

/** How often a request that only reads writes to the database. */
export const writesOfReading: Scenario<number> = async (opened) => {
  const client = await appOf(opened, { '/login': login, '/look': look })
  await client.get('/login')
  opened.counts.writes = 0
  await client.get('/look')
  return opened.counts.writes
}

/** The status of an answer whose session could not be stored. */
export const brokenStore: Scenario<number> = async (opened) => {
  const client = await appOf(opened, {
    '/login': login,
    '/write': async (req, res) => {
      sessionOf(req).written = true
      await opened.breakStore()
      res.send('all is well')
    },
  })
  await client.get('/login')
  return (await client.get('/write')).status
}
