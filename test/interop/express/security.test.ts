import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import { memoryStore } from '@everthread/core/memory'
import { ExpressSessionStore, type SessionOptions, session } from '@everthread/express-middleware'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type Client, closeServers, type Handler, type Middleware, serve } from './server.ts'

const SECRET = 'a secret that nobody knows'

describe('what an attacker may try', () => {
  afterEach(closeServers)

  const open = (handle: Handler, options: SessionOptions = {}): Promise<Client> =>
    serve([session({ store: memoryStore(), secret: SECRET, ...options }) as Middleware], handle)

  const who: Handler = (req, res) => {
    const before = req.session.who
    if (req.url?.startsWith('/be/')) req.session.who = req.url.slice(4)
    res.end(String(before))
  }

  const signed = (id: string, secret = SECRET) =>
    `s:${id}.${createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')}`
  const cookieOf = (value: string) => ({ cookie: `connect.sid=${encodeURIComponent(value)}` })

  it('an id that somebody plants, even rightly signed, is not taken for a new session', async () => {
    const client = await open(who)
    const { set } = await client.get('/be/ada', cookieOf(signed('planted')))
    expect(set?.value).toBeDefined()
    expect(String(set?.value)).not.toContain('planted')
  })

  it('no signature but the right one of the right id opens a session', async () => {
    const client = await open(who)
    await client.get('/be/ada')
    const good = decodeURIComponent((client.cookie ?? '').split('=')[1] ?? '')
    const [head = '', signature = ''] = good.split('.')
    const forged = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.integer({ min: 0, max: signature.length - 1 }).map((length) => `${head}.${signature.slice(0, length)}`),
      fc.string({ minLength: 1 }).map((more) => `${good}${more}`),
      fc.constantFrom(
        head,
        `${head}.`,
        `.${signature}`,
        `s:.${signature}`,
        good.slice(2),
        `s:${good}`,
        signed('x', 'other'),
      ),
    )
    await fc.assert(
      fc.asyncProperty(forged, async (value) => {
        fc.pre(value !== good)
        const { status, text } = await client.get('/look', cookieOf(value.toWellFormed()))
        expect([status, text]).toEqual([200, 'undefined'])
      }),
      { numRuns: 200 },
    )
  })

  it('the hash by which the store names a session does not open it', async () => {
    const store = memoryStore()
    const client = await open(who, { store })
    await client.get('/be/ada')
    const all = await new Promise<object[]>((resolve) =>
      new ExpressSessionStore({ store }).all((_error, found) => resolve(found ?? [])),
    )
    const { text } = await client.get('/look', cookieOf(signed(String((all[0] as { id?: unknown }).id))))
    expect(text).toBe('undefined')
  })

  it('the store holds no id from which a cookie could be made', async () => {
    const seen: string[] = []
    const store = memoryStore()
    const { commit } = store
    Object.assign(store, {
      commit: (...args: Parameters<typeof commit>) => {
        const [partition, { ops, index }] = args
        const values = ops.map((op) => ('put' in op ? `${op.put}=${new TextDecoder().decode(op.value)}` : ''))
        seen.push(JSON.stringify([partition, values, index]))
        return Reflect.apply(commit, store, args) as ReturnType<typeof commit>
      },
    })
    const client = await open((req, res) => res.end(Object.assign(req.session, { who: 'ada' }) && req.sessionID), {
      store,
    })
    const { text: id } = await client.get()
    expect(seen.length).toBe(1)
    expect(seen.join()).not.toContain(id)
  })

  it('keys called __proto__ and the like change no prototype, and reach no session', async () => {
    const client = await open((req, res) => {
      const wrong: unknown[] = []
      for (const key of ['__proto__', 'save', 'cookie_', 'constructor', 'id']) {
        try {
          req.session[key] = { polluted: true }
        } catch (error) {
          wrong.push((error as { code?: string }).code ?? (error as Error).name)
        }
      }
      res.end(JSON.stringify(wrong))
    })
    const { status, text } = await client.get()
    expect({ status, isPolluted: 'polluted' in {} }).toEqual({ status: 500, isPolluted: false })
    expect(text).toBe('Store it under another name: "save" is a session\'s own')
  })

  it('an assignment of __proto__ from a body is refused where it happens', async () => {
    const body = JSON.parse('{"__proto__": {"admin": true}, "name": "x"}') as object
    const client = await open((req, res) => {
      try {
        for (const [key, value] of Object.entries(body)) req.session[key] = value
        res.end('taken')
      } catch (error) {
        res.end((error as { code?: string }).code)
      }
    })
    expect((await client.get()).text).toBe('SESSION_KEY_RESERVED')
  })

  it('__proto__ inside of a value comes back as a key like others', async () => {
    const client = await open((req, res) => {
      if (req.url === '/set') req.session.body = JSON.parse('{"__proto__": {"admin": true}}') as object
      const { body } = req.session as { body?: { admin?: boolean } }
      res.end(JSON.stringify([body?.admin ?? null, Object.keys(body ?? {})]))
    })
    await client.get('/set')
    expect((await client.get()).text).toBe('[null,["__proto__"]]')
  })

  it('an update cannot write to a session’s own names', async () => {
    const client = await open(async (req, res) => {
      const { update } = req.session as unknown as {
        update: (change: (draft: Record<string, unknown>) => void) => Promise<void>
      }
      const codes: unknown[] = []
      for (const key of ['__proto__', 'save', 'cookie', 'id', 'req']) {
        await Reflect.apply(update, req.session, [
          (draft: Record<string, unknown>) => Object.assign(draft, own(key)),
        ]).catch((error: { code: string }) => codes.push(error.code))
      }
      res.end(codes.join())
    })
    const own = (key: string) => Object.defineProperty({}, key, { value: 1, enumerable: true })
    expect((await client.get()).text).toBe(Array(5).fill('SESSION_KEY_RESERVED').join())
  })

  it.each([
    ['a line break in the domain', { domain: 'a\r\nSet-Cookie: b=c' }],
    ['a line break in the path', { path: '/\r\nx' }],
    ['a second attribute in the path', { path: '/; Domain=evil.example' }],
    ['a time that is none', { expires: new Date(Number.NaN) }],
    ['a SameSite that is none', { sameSite: 'whatever' as 'lax' }],
    ['a maxAge that is none', { maxAge: 'long' as never }],
  ])('cookie settings with %s are refused at the start', (_name, cookie) => {
    expect(() => session({ secret: SECRET, cookie })).toThrow(expect.objectContaining({ code: 'COOKIE_INVALID' }))
  })

  it.each(['a b', 'a;b', 'a=b', 'a\r\nb', '"', 'ü', ' '])('the cookie name %j is refused at the start', (name) => {
    expect(() => session({ secret: SECRET, name })).toThrow(expect.objectContaining({ code: 'COOKIE_NAME_INVALID' }))
  })

  it.each([
    ['__Host-sid', {}],
    ['__Host-sid', { secure: 'auto' as const }],
    ['__Host-sid', { secure: true, path: '/app' }],
    ['__Host-sid', { secure: true, domain: 'example.com' }],
    ['__host-sid', {}],
    ['__Secure-sid', {}],
  ])('the name %s with %j is refused, as browsers would refuse the cookie', (name, cookie) => {
    expect(() => session({ secret: SECRET, name, cookie })).toThrow(expect.objectContaining({ code: 'COOKIE_PREFIX' }))
  })

  it.each([
    ['__Host-sid', { secure: true }],
    ['__Secure-sid', { secure: true, path: '/app', domain: 'example.com' }],
  ])('the name %s with %j is taken', (name, cookie) => {
    expect(session({ secret: SECRET, name, cookie })).toBeTypeOf('function')
  })

  it('an id that a genid of ours makes cannot break the header', async () => {
    const client = await open(who, { genid: () => 'a\r\nSet-Cookie: evil=1' })
    const { headers } = await client.get('/be/ada')
    expect(headers['set-cookie']?.length).toBe(1)
  })

  it('a cookie header of 15 KB, or a thousand cookies, is no session and no failure', async () => {
    const client = await open(who)
    const long = await client.get('/look', { cookie: `connect.sid=s%3A${'x'.repeat(15_000)}.${'y'.repeat(43)}` })
    const many = await client.get('/look', { cookie: Array.from({ length: 1_000 }, (_, at) => `c${at}=1`).join('; ') })
    expect([long.status, many.status]).toEqual([200, 200])
  })

  it('a cookie header that is too large for Node is refused before us', async () => {
    const client = await open(who)
    expect((await client.get('/look', { cookie: `connect.sid=${'x'.repeat(20_000)}` })).status).toBe(431)
  })

  it('a value that is too large for the store is an error, and nothing of it is stored', async () => {
    const client = await open(
      (req, res) => {
        if (req.url === '/big') Object.assign(req.session, { big: 'x'.repeat(9 * 1024 * 1024), small: 1 })
        res.end(JSON.stringify([typeof req.session.big, req.session.small ?? null]))
      },
      { store: memoryStore({ codec: { compression: false } }) },
    )
    await client.get('/be/ada')
    expect((await client.get('/big')).status).toBe(500)
    expect((await client.get('/look')).text).toBe('["undefined",null]')
  })

  it.each([
    ['a function', () => () => 1],
    ['a symbol', () => Symbol('x')],
    [
      'a cycle',
      () => {
        const value: Record<string, unknown> = {}
        value.self = value
        return value
      },
    ],
  ])('%s as a value is an error, not a hang', async (_name, value) => {
    const client = await open((req, res) => {
      req.session.value = value()
      res.end('stored')
    })
    expect((await client.get()).status).toBe(500)
  })

  it('visitors without a session cost nothing: no row, no cookie, no question to the store', async () => {
    let asked = 0
    const store = memoryStore()
    for (const name of ['read', 'commit', 'query', 'drop'] as const) {
      const method = store[name] as (...args: never[]) => unknown
      Object.assign(store, {
        [name]: (...args: never[]) => {
          asked++
          return Reflect.apply(method, store, args)
        },
      })
    }
    const client = await open((req, res) => res.end(String(req.session.who)), { store })
    for (let visit = 0; visit < 20; visit++) {
      client.cookie = undefined
      expect((await client.get()).set).toBeUndefined()
    }
    expect(asked).toBe(0)
  })

  it('a body that is promised and never comes holds nothing of the session back', async () => {
    const client = await open(who)
    await client.get('/be/ada')
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { cookie: client.cookie ?? '', 'content-length': '1000000' }
      const sent = request(`${client.url}/look`, { method: 'POST', headers }, (res) => {
        res.setEncoding('utf8').once('data', (piece: string) => {
          resolve(piece)
          sent.destroy()
        })
      })
      sent.once('error', reject)
      sent.flushHeaders()
    })
    expect(text).toBe('ada')
  })
})
