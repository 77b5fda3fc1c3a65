import type { createServer } from 'node:http'
import { memoryStore } from '@everthread/core/memory'
import { type SessionRequest, session } from '@everthread/express-middleware'
import express from 'express'
import express4 from 'express4'
import { afterEach, describe, expect, it } from 'vitest'
import { type AnyRequest, type Client, closeServers, listen } from './server.ts'

type Listener = Parameters<typeof listen>[0]
type Answering = ReturnType<typeof createServer>

/** The same small app by each framework: Express's routes, or a handler of plain `http`. */
const frameworks: [string, (fails: boolean) => Listener][] = [
  ['Express 5', (fails) => expressApp(express, fails)],
  ['Express 4', (fails) => expressApp(express4, fails)],
  ['plain http', plainApp],
]

/** Its commits fail when asked to, as when the database is gone. */
function storeThat(fails: () => boolean) {
  const store = memoryStore()
  return {
    ...store,
    codec: store.codec,
    read: (...args: Parameters<typeof store.read>) => store.read(...args),
    drop: (...args: Parameters<typeof store.drop>) => store.drop(...args),
    query: (...args: Parameters<typeof store.query>) => store.query(...args),
    watch: (...args: Parameters<typeof store.watch>) => store.watch(...args),
    close: () => store.close(),
    commit(...args: Parameters<typeof store.commit>) {
      return fails() ? Promise.reject(new Error('the database is gone')) : store.commit(...args)
    },
  }
}

function expressApp(make: typeof express, fails: boolean): Listener {
  const app = make()
  app.set('trust proxy', true)
  app.use(session({ store: storeThat(() => fails), secret: 'x', cookie: { secure: 'auto' } }))
  app.get('/set', (req, res) => {
    req.session.cart = ['tea']
    res.json({ id: req.sessionID })
  })
  app.get('/look', (req, res) => void res.json(req.session.cart ?? null))
  app.get('/go', (req, res) => {
    req.session.cart = ['gone']
    res.redirect('/look')
  })
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(503).json({ error: error.message })
  })
  return app
}

function plainApp(fails: boolean): Listener {
  const attach = session({ store: storeThat(() => fails), secret: 'x', proxy: true, cookie: { secure: 'auto' } })
  return (incoming, res) => {
    const req = incoming as SessionRequest
    attach(req, res, (error) => {
      const send = (status: number, value: unknown) => res.writeHead(status).end(JSON.stringify(value))
      if (error) return send(503, { error: (error as Error).message })
      const held = req.session
      if (!held) return send(500, null)
      if (req.url === '/look') return send(200, held.cart ?? null)
      held.cart = [req.url === '/go' ? 'gone' : 'tea']
      if (req.url === '/set') return send(200, { id: req.sessionID })
      return res.writeHead(302, { location: '/look' }).end()
    })
  }
}

declare module '@everthread/express-middleware' {
  interface SessionData {
    cart: string[]
  }
}

describe.each(frameworks)('session() in %s', (_name, app) => {
  afterEach(closeServers)

  it('keeps what a handler sets, and tells its id', async () => {
    const client = await listen(app(false))
    const { text, set } = await client.get('/set')
    expect(String(set?.value)).toContain(`s:${(JSON.parse(text) as { id: string }).id}.`)
    expect((await client.get('/look')).text).toBe('["tea"]')
  })

  it('keeps what is set before a redirect', async () => {
    const client = await listen(app(false))
    expect((await client.get('/go')).status).toBe(302)
    expect((await client.get('/look')).text).toBe('["gone"]')
  })

  it('makes an error of an answer that cannot be stored, with nothing of the answer left', async () => {
    const client = await listen(app(true))
    const { status, text, headers, set } = await client.get('/go')
    expect({ status, location: headers.location, set }).toEqual({ status: 503, location: undefined, set: undefined })
    expect(JSON.parse(text)).toEqual({ error: 'the database is gone' })
  })

  it('sets a secure cookie behind a proxy on TLS', async () => {
    const client: Client = await listen(app(false))
    const { set } = await client.get('/set', { 'x-forwarded-proto': 'https' })
    expect(set?.Secure).toBe(true)
  })
})

it('types: a request of Express has a session with the data that was declared', () => {
  const app = express()
  app.use(session({ secret: 'x' }))
  app.get('/', (req, res) => {
    const cart: string[] | undefined = req.session.cart
    const age: number | null = req.session.cookie.maxAge
    res.json({ cart, age, id: req.sessionID, own: req.sessionStore !== undefined })
  })
  const untyped: (req: AnyRequest, server: Answering) => unknown = (req) => req.session.cart
  expect(untyped).toBeTypeOf('function')
})
