import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ProcessScheduler, SessionManager, type Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { type SessionRequest, type SessionRoutesOptions, session, sessionRoutes } from '@everthread/express-middleware'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Reply {
  status: number
  type: string | null
  // What the routes say is looked at field by field.
  body: Record<string, unknown> & { id?: string; code?: string; messages?: { id: string }[]; chats?: { id: string }[] }
  text: string
}

interface Browser {
  url: string
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  stream(path: string, lastId?: string): Promise<Stream>
}

/** The events of a stream, as they come. */
interface Stream {
  next(): Promise<{ event?: string; id?: string; data?: string }>
  close(): void
  readonly ended: Promise<void>
}

describe('sessionRoutes', () => {
  let store: Store
  let sessions: SessionManager
  let open: (options?: Partial<SessionRoutesOptions>) => Promise<string>
  let url: string

  beforeEach(async () => {
    store = memoryStore()
    sessions = new SessionManager({ store })
    open = async (options = {}) => {
      const app = express()
      app.use(session({ sessions, secret: 'x' }))
      app.post('/login/:user', async (req, res) => {
        await req.session.login(req.params.user)
        res.end()
      })
      app.post('/out', async (req, res) => {
        res.json(await req.session.logins.revokeAll())
      })
      app.use('/chats', sessionRoutes({ sessions, ...options }))
      app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
        res.status(500).json({ code: (error as { code?: string }).code ?? 'OTHER', message: error.message })
      })
      const server = createServer(app)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      closing.push(
        () =>
          new Promise((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          }),
      )
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }
    url = await open()
  })

  function browser(at = url): Browser {
    let cookie: string | undefined
    return {
      url: at,
      async ask(method, path, body, headers = {}) {
        const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
        const answer = await fetch(at + path, {
          method,
          headers: {
            ...(cookie ? { cookie } : {}),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...sent,
        })
        cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
        const text = await answer.text()
        const type = answer.headers.get('content-type')
        return {
          status: answer.status,
          type,
          text,
          body: text && /[/+]json\b/.test(type ?? '') ? JSON.parse(text) : {},
        }
      },
      stream: (path, lastId) => streamOf(at + path, cookie, lastId),
    }
  }

  function streamOf(at: string, cookie: string | undefined, lastId: string | undefined): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const headers = { ...(cookie ? { cookie } : {}), ...(lastId ? { 'last-event-id': lastId } : {}) }
      const sent = request(at, { headers }, (res) => {
        const waiting: ((event: object) => void)[] = []
        const events: object[] = []
        let text = ''
        res.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
          const blocks = text.split('\n\n')
          text = blocks.pop() ?? ''
          for (const block of blocks.filter((each) => each !== ':')) {
            const event = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)))
            if (event.event === 'ready') continue
            const taker = waiting.shift()
            if (taker) taker(event)
            else events.push(event)
          }
        })
        const ended = new Promise<void>((end) => res.once('close', end))
        // That it was cut is seen by its end.
        res.on('error', () => undefined)
        resolve({
          next: () => new Promise((take) => (events.length > 0 ? take(events.shift() as object) : waiting.push(take))),
          close: () => sent.destroy(),
          ended,
        })
      })
      sent.once('error', reject)
      sent.end()
    })
  }

  const say = (text: string, id?: string) => ({
    messages: [{ role: 'user', parts: [{ type: 'text', content: text }], ...(id ? { id } : {}) }],
  })

  it('a chat is made, listed, told of and deleted', async () => {
    const ada = browser()
    const made = await ada.ask('POST', '/chats', { title: 'Trip', metadata: { to: 'Rome' } })
    expect([made.status, made.body.title, made.body.metadata]).toEqual([201, 'Trip', { to: 'Rome' }])
    const path = `/chats/${made.body.id}`
    expect((await ada.ask('GET', '/chats')).body.chats).toMatchObject([{ id: made.body.id, title: 'Trip' }])
    expect((await ada.ask('GET', path)).body).toMatchObject({ id: made.body.id, state: 'active' })
    expect((await ada.ask('GET', `${path}/status`)).body.counts).toMatchObject({ messages: 0 })
    expect((await ada.ask('DELETE', path)).status).toBe(204)
    expect((await ada.ask('GET', path)).status).toBe(404)
  })

  it('chats come in pages', async () => {
    const ada = browser()
    for (const id of ['a', 'b', 'c']) await ada.ask('POST', '/chats', { id })
    const first = await ada.ask('GET', '/chats?limit=2')
    const rest = await ada.ask('GET', `/chats?limit=2&cursor=${encodeURIComponent(String(first.body.cursor))}`)
    expect([...(first.body.chats ?? []), ...(rest.body.chats ?? [])].map(({ id }) => id).sort()).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(rest.body.cursor).toBeUndefined()
  })

  it('messages are appended, once for one commitId, and come in pages from either end', async () => {
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    for (const at of [1, 2, 3, 4]) await ada.ask('POST', '/chats/one/messages', say(`m${at}`, `m${at}`))
    await ada.ask('POST', '/chats/one/messages', { ...say('m5'), commitId: 'once' })
    await ada.ask('POST', '/chats/one/messages', { ...say('m5'), commitId: 'once' })
    const ids = (reply: Reply) => reply.body.messages?.map(({ id }) => id.slice(0, 2))
    const all = await ada.ask('GET', '/chats/one/messages')
    expect(all.body.messages?.length).toBe(5)
    const last = await ada.ask('GET', '/chats/one/messages?limit=2')
    expect([ids(last)?.[0], last.body.before]).toEqual(['m4', 'm4'])
    const before = await ada.ask('GET', '/chats/one/messages?limit=2&before=m4')
    expect([ids(before), before.body.before]).toEqual([['m2', 'm3'], 'm2'])
    const after = await ada.ask('GET', '/chats/one/messages?limit=2&after=m1')
    expect([ids(after), after.body.after]).toEqual([['m2', 'm3'], 'm3'])
  })

  it('a chat is reset, brought back, forked and ended', async () => {
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    for (const at of [1, 2]) await ada.ask('POST', '/chats/one/messages', say(`m${at}`, `m${at}`))
    expect((await ada.ask('POST', '/chats/one/reset', {})).status).toBe(204)
    expect((await ada.ask('GET', '/chats/one/messages')).body.messages).toEqual([])
    expect((await ada.ask('POST', '/chats/one/undo')).body.undone).toMatchObject({ kind: 'reset' })
    const fork = await ada.ask('POST', '/chats/one/fork', { from: 'm1', name: 'other', switch: true })
    expect([fork.status, fork.body.name, fork.body.current]).toEqual([201, 'other', true])
    expect((await ada.ask('POST', '/chats/one/switch', { branch: 'main' })).status).toBe(204)
    const { branches } = (await ada.ask('GET', '/chats/one/branches')).body as { branches: { current: boolean }[] }
    expect(branches.map(({ current }) => current)).toEqual([true, false])
    expect((await ada.ask('POST', '/chats/one/switch', { branch: 'other' })).status).toBe(204)
    expect((await ada.ask('GET', '/chats/one/messages')).body.messages?.map(({ id }) => id)).toEqual(['m1'])
    expect((await ada.ask('GET', '/chats/one/branches')).body.branches).toMatchObject([
      { name: 'main' },
      { name: 'other' },
    ])
    expect((await ada.ask('GET', '/chats/one/checkpoints')).body.checkpoints).toEqual([])
    expect((await ada.ask('GET', '/chats/one/context')).status).toBe(200)
    expect((await ada.ask('POST', '/chats/one/end', 'bye', { 'content-type': 'text/plain' })).status).toBe(204)
    const late = await ada.ask('POST', '/chats/one/messages', say('too late'))
    expect([late.status, late.body.code]).toEqual([409, 'SESSION_ARCHIVED'])
  })

  it('a chat is exported as a file in each format, and shared', async () => {
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    await ada.ask('POST', '/chats/one/messages', say('<b>Hello</b>'))
    for (const format of ['json', 'jsonl', 'markdown', 'html']) {
      const { status, text } = await ada.ask('GET', `/chats/one/export?format=${format}`)
      expect([status, text.includes('Hello')]).toEqual([200, true])
    }
    const share = await ada.ask('POST', '/chats/one/share', { scope: 'snapshot', expiresIn: 60_000 })
    expect([share.status, typeof share.body.token]).toEqual([201, 'string'])
  })

  it('a chat is compacted by the model that the application gives, or not at all', async () => {
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    expect(await ada.ask('POST', '/chats/one/compact', {})).toMatchObject({
      status: 501,
      body: { code: 'NOT_CONFIGURED' },
    })
    const other = browser(await open({ compact: () => ({ model: async () => 'a summary', keepRecent: 1 }) }))
    await other.ask('POST', '/chats', { id: 'two' })
    expect((await other.ask('POST', '/chats/two/compact', { instructions: 'short' })).status).toBe(200)
  })

  it('a chat is looked at by its user, as the scheduler hears', async () => {
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    const focused = { state: 'focused', ttl: 30_000 }
    expect((await ada.ask('POST', '/chats/one/attention', focused)).body).toMatchObject({ code: 'NOT_CONFIGURED' })
    const scheduler = new ProcessScheduler({ concurrency: 1, compare: (a, b) => b.attention - a.attention })
    const other = browser(await open({ scheduler }))
    await other.ask('POST', '/chats', { id: 'looked at' })
    expect((await other.ask('POST', '/chats/looked%20at/attention', focused)).status).toBe(204)
    for (const wrong of [{}, { ...focused, state: 'asleep' }, { ...focused, ttl: 1 }, { ...focused, userId: 'eve' }]) {
      const { status, body } = await other.ask('POST', '/chats/looked%20at/attention', wrong)
      expect([status, body.code]).toEqual([400, 'REQUEST_INVALID'])
    }
    const service = new SessionManager({ store, scheduler }).asService()
    const order: string[] = []
    const done = Promise.withResolvers<void>()
    const all = [service.open('holds').turn(() => done.promise)]
    for (const id of ['another', 'looked at']) all.push(service.open(id).turn(() => void order.push(id)))
    while (scheduler.stats().waiting < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    done.resolve()
    await Promise.all(all)
    expect(order).toEqual(['looked at', 'another'])
  })

  it('what is wrong with a request is told as problem JSON', async () => {
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    const cases: [string, string, unknown, number, string][] = [
      ['POST', '/chats', { id: '' }, 400, 'REQUEST_INVALID'],
      ['POST', '/chats', { unknown: 1 }, 400, 'REQUEST_INVALID'],
      ['POST', '/chats', { id: 'one' }, 409, 'SESSION_EXISTS'],
      ['POST', '/chats', '{', 400, 'BODY_INVALID'],
      ['POST', '/chats/one/messages', { messages: [] }, 400, 'REQUEST_INVALID'],
      [
        'POST',
        '/chats/one/messages',
        { messages: [{ role: 'assistant', parts: [{ type: 'text' }] }] },
        400,
        'REQUEST_INVALID',
      ],
      [
        'POST',
        '/chats/one/messages',
        { messages: [{ role: 'user', parts: [{ type: 'text' }] }] },
        400,
        'MESSAGE_INVALID',
      ],
      ['POST', '/chats/one/fork', { from: 'no' }, 404, 'FORK_POINT_NOT_FOUND'],
      ['POST', '/chats/one/switch', { branch: 'no' }, 404, 'BRANCH_NOT_FOUND'],
      ['GET', '/chats/one/messages?limit=0', undefined, 400, 'REQUEST_INVALID'],
      ['GET', '/chats/one/messages?after=no', undefined, 404, 'MESSAGE_NOT_FOUND'],
      ['GET', '/chats/one/export?format=pdf', undefined, 400, 'REQUEST_INVALID'],
      ['GET', '/chats/none', undefined, 404, 'CHAT_NOT_FOUND'],
      ['GET', '/chats/one/status/more', undefined, 404, 'CHAT_NOT_FOUND'],
      ['GET', '/chats/%E0%A4%A', undefined, 404, 'CHAT_NOT_FOUND'],
      ['PATCH', '/chats', undefined, 405, 'METHOD_NOT_ALLOWED'],
      ['PUT', '/chats/one', undefined, 405, 'METHOD_NOT_ALLOWED'],
      ['GET', '/chats/one/nothing', undefined, 405, 'METHOD_NOT_ALLOWED'],
    ]
    for (const [method, path, body, status, code] of cases) {
      const reply = await ada.ask(method, path, body)
      expect([method, path, reply.status, reply.body.code, reply.type]).toEqual([
        method,
        path,
        status,
        code,
        'application/problem+json',
      ])
    }
  })

  it('a body that is too large, or of another type, is refused', async () => {
    const ada = browser(await open({ maxBodyBytes: 100 }))
    expect((await ada.ask('POST', '/chats', { title: 'x'.repeat(200) })).status).toBe(413)
    expect((await ada.ask('POST', '/chats', '{}', { 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('a request that a browser sends for another site changes nothing', async () => {
    const ada = browser()
    const refused = await ada.ask('POST', '/chats', { id: 'one' }, { 'sec-fetch-site': 'cross-site' })
    expect([refused.status, refused.body.code]).toEqual([403, 'CROSS_SITE'])
    expect((await ada.ask('POST', '/chats', { id: 'one' }, { 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  })

  it('nobody reaches the chats of somebody else, whose ids look like none', async () => {
    const [ada, bob] = [browser(), browser()]
    await ada.ask('POST', '/login/ada')
    await bob.ask('POST', '/login/bob')
    await ada.ask('POST', '/chats', { id: 'hers' })
    for (const path of ['', '/messages', '/export', '/events', '/context', '/branches', '/checkpoints', '/status']) {
      expect((await bob.ask('GET', `/chats/hers${path}`)).body).toMatchObject({ status: 404, code: 'CHAT_NOT_FOUND' })
    }
    for (const path of [
      '/messages',
      '/reset',
      '/fork',
      '/switch',
      '/share',
      '/end',
      '/undo',
      '/compact',
      '/attention',
    ]) {
      expect((await bob.ask('POST', `/chats/hers${path}`, {})).status).toBe(404)
    }
    expect((await bob.ask('DELETE', '/chats/hers')).status).toBe(404)
    expect((await bob.ask('GET', '/chats')).body.chats).toEqual([])
    expect((await ada.ask('GET', '/chats/hers')).status).toBe(200)
  })

  it('what is no fault of the request goes to the application', async () => {
    const bare = sessionRoutes({ sessions })
    const error = await new Promise<unknown>((resolve) =>
      bare({ headers: {}, url: '/' } as SessionRequest, { headersSent: false } as never, resolve),
    )
    expect(error).toMatchObject({ code: 'SESSION_MISSING' })
    expect(() => sessionRoutes({} as never)).toThrow(expect.objectContaining({ code: 'SESSIONS_MISSING' }))
    const ada = browser()
    await ada.ask('POST', '/chats', { id: 'one' })
    await store.close()
    expect((await ada.ask('GET', '/chats')).status).toBe(500)
  })

  describe('the stream of a chat', () => {
    it('has each message as it comes, and after a break those that were missed', async () => {
      const ada = browser()
      await ada.ask('POST', '/chats', { id: 'one' })
      await ada.ask('POST', '/chats/one/messages', say('before', 'm0'))
      const stream = await ada.stream('/chats/one/events')
      await ada.ask('POST', '/chats/one/messages', say('first', 'm1'))
      const { event, id, data } = await stream.next()
      expect([event, id, (JSON.parse(data ?? '') as { id: string }).id]).toEqual(['message', 'm1', 'm1'])
      stream.close()
      await stream.ended
      for (const at of [2, 3]) await ada.ask('POST', '/chats/one/messages', say(`m${at}`, `m${at}`))
      const again = await ada.stream('/chats/one/events', 'm1')
      expect([(await again.next()).id, (await again.next()).id]).toEqual(['m2', 'm3'])
      again.close()
    })

    it('has a place from the beginning, so that a client that saw nothing misses nothing', async () => {
      const ada = browser()
      await ada.ask('POST', '/chats', { id: 'one' })
      for (const id of ['m1', 'm2']) await ada.ask('POST', '/chats/one/messages', say(id, id))
      const stream = await ada.stream('/chats/one/events', '/')
      expect([(await stream.next()).id, (await stream.next()).id]).toEqual(['m1', 'm2'])
      stream.close()
      const lost = await ada.stream('/chats/one/events', '%')
      expect([(await lost.next()).event, (await lost.next()).id]).toEqual(['reset', 'm1'])
      lost.close()
    })

    it('is not broken by what a message is called', async () => {
      const ada = browser()
      await ada.ask('POST', '/chats', { id: 'one' })
      const stream = await ada.stream('/chats/one/events')
      const id = 'a\n\nevent: end\ndata: {}\n\n/ü'
      expect((await ada.ask('POST', '/chats/one/messages', say('x', id))).status).toBe(201)
      const event = await stream.next()
      expect([event.event, decodeURIComponent(event.id ?? '')]).toEqual(['message', id])
      stream.close()
      await ada.ask('POST', '/chats/one/messages', say('y', 'next'))
      const again = await ada.stream('/chats/one/events', event.id)
      expect((await again.next()).id).toBe('next')
      again.close()
    })

    it('begins anew when the history is another than the client’s', async () => {
      const ada = browser()
      await ada.ask('POST', '/chats', { id: 'one' })
      await ada.ask('POST', '/chats/one/messages', say('m1', 'm1'))
      const stream = await ada.stream('/chats/one/events')
      await ada.ask('POST', '/chats/one/reset', {})
      expect((await stream.next()).event).toBe('reset')
      await ada.ask('POST', '/chats/one/messages', say('m2', 'm2'))
      expect((await stream.next()).id).toBe('m2')
      stream.close()
    })

    it('ends with the chat', async () => {
      const ada = browser()
      await ada.ask('POST', '/chats', { id: 'one' })
      const stream = await ada.stream('/chats/one/events')
      await ada.ask('DELETE', '/chats/one')
      expect((await stream.next()).event).toBe('end')
      await stream.ended
    })

    it('ends when the user logs out everywhere', async () => {
      const ada = browser(await open({ heartbeatMs: 10 }))
      await ada.ask('POST', '/login/ada')
      await ada.ask('POST', '/chats', { id: 'one' })
      const stream = await ada.stream('/chats/one/events')
      await ada.ask('POST', '/out')
      await stream.ended
    })

    it('of many, some of which the client leaves, no message is missed and no watcher left', async () => {
      const ada = browser()
      await ada.ask('POST', '/chats', { id: 'one' })
      let watchers = 0
      const { watch } = store
      Object.assign(store, {
        async *watch(...args: Parameters<typeof watch>) {
          watchers++
          try {
            yield* Reflect.apply(watch, store, args) as ReturnType<typeof watch>
          } finally {
            watchers--
          }
        },
      })
      const streams = await Promise.all(Array.from({ length: 60 }, () => ada.stream('/chats/one/events')))
      for (const [at, stream] of streams.entries()) if (at % 3 === 0) stream.close()
      for (const at of [1, 2, 3]) await ada.ask('POST', '/chats/one/messages', say(`m${at}`, `m${at}`))
      for (const [at, stream] of streams.entries()) {
        if (at % 3 !== 0) for (const wanted of ['m1', 'm2', 'm3']) expect((await stream.next()).id).toBe(wanted)
        stream.close()
      }
      await Promise.all(streams.map(({ ended }) => ended))
      await expect.poll(() => watchers).toBe(0)
    })
  })
})
