import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryStore } from '@everthread/core/memory'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Cookie, ExpressSessionStore, type SessionOptions, type SessionRequest, session } from '../src/index.ts'

type Data = Record<string, unknown>
type Handler = (req: SessionRequest & { session: Data }, res: ServerResponse) => unknown

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Serves one handler; what comes to `next` is a 500. */
async function serve(options: SessionOptions, handle: Handler) {
  const heard: { name: string; what: unknown }[] = []
  const attach = session({ secret: 'x', ...options })
  attach.on('error', (what) => heard.push({ name: 'error', what }))
  attach.on('discarded', ({ reason }) => heard.push({ name: 'discarded', what: reason }))
  const server = createServer((req, res) =>
    attach(req as SessionRequest, res, (error) => {
      if (error) res.writeHead(500).end((error as Error).message)
      else void handle(req as never, res)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  let cookie: string | undefined
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    heard,
    url,
    async get(path = '/') {
      const answer = await fetch(url + path, { redirect: 'manual', headers: cookie ? { cookie } : {} })
      const set = answer.headers.getSetCookie()
      cookie = set.find((line) => line.startsWith('connect.sid'))?.split(';')[0] ?? cookie
      return { status: answer.status, headers: answer.headers, set, text: await answer.text() }
    },
  }
}

/** A store whose commits fail as long as they are told to. */
function failing() {
  const store = memoryStore()
  const state = { fails: false, commits: 0 }
  const { commit } = store
  Object.assign(store, {
    commit(...args: Parameters<typeof commit>) {
      state.commits++
      return state.fails ? Promise.reject(new Error('gone')) : Reflect.apply(commit, store, args)
    },
  })
  return { store, state }
}

describe('an answer', () => {
  it.each([
    ['a flat list', ['X-A', '1', 'X-B', '2', 'X-B', '3']],
    [
      'pairs',
      [
        ['X-A', '1'],
        ['X-B', '2'],
        ['X-B', '3'],
      ],
    ],
    ['a record', { 'X-A': '1', 'X-B': ['2', '3'] }],
  ])('takes headers in writeHead as %s, beside those that were set', async (_form, headers) => {
    const { get } = await serve({ store: memoryStore() }, (req, res) => {
      req.session.a = 1
      res.setHeader('X-A', 'before')
      res.setHeader('X-C', '4')
      res.writeHead(201, 'Made', headers as never).end('done')
    })
    const { status, headers: got, set } = await get()
    expect([status, got.get('x-a'), got.get('x-b'), got.get('x-c'), set.length]).toEqual([201, '1', '2, 3', '4', 1])
  })

  it('is refused a status that is none, and a second head, as by Node', async () => {
    const { get } = await serve({ store: memoryStore() }, (_req, res) => {
      const codes: unknown[] = []
      for (const status of [99, 200, 201]) {
        try {
          res.writeHead(status)
        } catch (error) {
          codes.push((error as { code: string }).code)
        }
      }
      res.end(codes.join())
    })
    expect((await get()).text).toBe('ERR_HTTP_INVALID_STATUS_CODE,ERR_HTTP_HEADERS_SENT')
  })

  it('counts as begun for its handler as soon as its head is written', async () => {
    const { get } = await serve({ store: memoryStore() }, (_req, res) => {
      const before = res.headersSent
      res.writeHead(200)
      res.end(`${before} ${res.headersSent}`)
    })
    expect((await get()).text).toBe('false true')
  })

  it('that comes twice does not mix: the second is told, and the first is whole', async () => {
    const { get } = await serve({ store: memoryStore() }, (req, res) => {
      req.session.a = 1
      res.setHeader('X-First', '1')
      res.end('first')
      const refused = [
        () => res.setHeader('X-Second', '2'),
        () => res.appendHeader('X-Second', '2'),
        () => res.removeHeader('X-First'),
      ].filter((change) => {
        try {
          change()
          return false
        } catch (error) {
          return (error as { code: string }).code === 'ERR_HTTP_HEADERS_SENT'
        }
      })
      req.session.refused = refused.length
      res.statusCode = 500
      res.write('more')
      res.end('second')
    })
    const { status, headers, text } = await get()
    expect([status, headers.get('x-first'), headers.get('x-second'), text]).toEqual([200, '1', null, 'first'])
  })

  it('that writes while it waits for its store keeps its order, and is told when to go on', async () => {
    const { get } = await serve({ store: memoryStore() }, (req, res) => {
      req.session.a = 1
      res.flushHeaders()
      const isFree = res.write('one ')
      res.once('drain', () => {
        res.write('two ')
        res.end(String(isFree))
      })
    })
    expect((await get()).text).toBe('one two false')
  })

  it('that can be stored at its end though not at its beginning is no error', async () => {
    const { store, state } = failing()
    const { get, heard } = await serve({ store }, (req, res) => {
      req.session.a = ((req.session.a as number) ?? 0) + 1
      state.fails = true
      res.write('one ')
      setImmediate(() => {
        state.fails = false
        res.end(String(req.session.a))
      })
    })
    await get()
    expect((await get()).text).toBe('one 2')
    expect(heard).toEqual([])
  })

  it('that is on its way when the store fails is told of by an event', async () => {
    const { store, state } = failing()
    const { get, heard } = await serve({ store }, (req, res) => {
      res.write('one ')
      setImmediate(() => {
        req.session.a = 1
        state.fails = true
        res.end('two')
      })
    })
    expect(await get()).toMatchObject({ status: 200, text: 'one two' })
    expect(heard).toMatchObject([{ name: 'error', what: { message: 'gone' } }])
  })

  it('that does not wait has its failure told by an event', async () => {
    const { store, state } = failing()
    const { get, heard } = await serve({ store, commit: 'after' }, (req, res) => {
      req.session.a = ((req.session.a as number) ?? 0) + 1
      res.end(String(req.session.a))
    })
    expect((await get()).text).toBe('1')
    await vi.waitFor(async () => expect((await get()).text).toBe('2'))
    state.fails = true
    expect((await get()).status).toBe(200)
    await vi.waitFor(() => expect(heard).toMatchObject([{ name: 'error', what: { message: 'gone' } }]))
  })

  it('of a length that is told gives somebody new no cookie for nothing, and says what it could not keep', async () => {
    const { store, state } = failing()
    const { get, heard } = await serve({ store }, (req, res) => {
      res.setHeader('Content-Length', 6)
      res.write('one')
      req.session.a = 1
      res.end('two')
    })
    expect((await get()).set).toEqual([])
    expect([heard, state.commits]).toEqual([[{ name: 'discarded', what: 'unreachable' }], 0])
  })

  it('to a session that ended meanwhile goes out, and says what it could not keep', async () => {
    const store = memoryStore()
    const { get, heard } = await serve({ store }, async (req, res) => {
      if (req.url === '/gone') await new Promise((done) => new ExpressSessionStore({ store }).clear(done))
      req.session.a = req.url
      res.end('answer')
    })
    await get()
    expect(await get('/gone')).toMatchObject({ status: 200, text: 'answer' })
    expect(heard).toEqual([{ name: 'discarded', what: 'destroyed' }])
  })

  it('whose cookie became unusable goes out without, and is told of', async () => {
    const { get, heard } = await serve({ store: memoryStore() }, (req, res) => {
      req.session.a = 1
      ;(req.session.cookie as Cookie).path = 'a;b'
      res.end('answer')
    })
    expect(await get()).toMatchObject({ status: 200, set: [] })
    expect(heard).toMatchObject([{ name: 'error', what: { code: 'COOKIE_INVALID' } }])
  })
})

describe('the middleware', () => {
  it.each([
    [{ commit: 'never' }, 'COMMIT_OPTION_INVALID'],
    [{ unset: 'x' }, 'UNSET_INVALID'],
    [{ genid: 'x' }, 'GENID_INVALID'],
    [{ secret: [] }, 'SECRET_INVALID'],
    [{ idle: 5 }, 'OPTION_UNSUPPORTED'],
    [{ tenant: 'x', store: new session.MemoryStore() }, 'OPTION_UNSUPPORTED'],
    [{ anomaly: 'end', store: new session.MemoryStore() }, 'OPTION_UNSUPPORTED'],
  ])('refuses %j', (options, code) => {
    expect(() => session({ secret: 'x', ...options } as SessionOptions)).toThrow(expect.objectContaining({ code }))
  })

  it('takes a store that was made before, with a policy', () => {
    const store = new ExpressSessionStore({ store: memoryStore() })
    expect(session({ secret: 'x', store, anomaly: 'end' })).toBeTypeOf('function')
  })

  it('warns of a failure that nobody listens for', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { store, state } = failing()
    const attach = session({ store, secret: 'x' })
    const server = createServer((req, res) =>
      attach(req as SessionRequest, res, () => {
        res.write('one')
        Object.assign((req as SessionRequest).session ?? {}, { a: 1 })
        state.fails = true
        res.end('two')
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => server.close())
    await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).text()
    expect(warned).toHaveBeenCalledWith(expect.objectContaining({ message: 'gone' }))
    warned.mockRestore()
  })

  it('waits for ids that take their time, also when an id is made anew', async () => {
    let made = 0
    const genid = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return `id-${++made}`
    }
    const { get } = await serve({ store: memoryStore(), genid }, async (req, res) => {
      const ids = [req.sessionID]
      await (req.session as { regenerate?: () => Promise<void> }).regenerate?.()
      ids.push(req.sessionID)
      try {
        req.sessionStore?.generate?.(req)
      } catch (error) {
        ids.push((error as { code: string }).code)
      }
      res.end(ids.join())
    })
    expect((await get()).text).toBe('id-1,id-2,GENID_ASYNC')
  })

  it('passes on what genid throws', async () => {
    const genid = () => {
      throw new Error('no ids today')
    }
    const { get } = await serve({ store: memoryStore(), genid }, (_req, res) => res.end('never'))
    expect(await get()).toMatchObject({ status: 500, text: 'no ids today' })
  })

  it('stores what a handler did not wait for before its answer leaves, once', async () => {
    const { store, state } = failing()
    const { get } = await serve({ store }, (req, res) => {
      req.session.a = ((req.session.a as number) ?? 0) + 1
      void (req.session as { save?: () => Promise<void> }).save?.()
      res.end(String(req.session.a))
    })
    await get()
    expect(state.commits).toBe(1)
    expect((await get()).text).toBe('2')
  })

  it('takes an absolute url, as a proxy sends it', async () => {
    const attach = session({ secret: 'x', cookie: { path: '/app' } })
    const paths = ['http://example.com/app/x', 'http://example.com/else', 'no url at all']
    const found = paths.map((url) => {
      const req = { url, headers: {}, socket: {} } as unknown as SessionRequest
      const { res } = responseOf()
      attach(req, res, () => undefined)
      return req.session !== undefined
    })
    expect(found).toEqual([true, false, false])
  })

  function responseOf() {
    const names = ['writeHead', 'write', 'end', 'flushHeaders', 'once'] as const
    const res = { getHeaderNames: () => [], getHeader: () => undefined } as unknown as ServerResponse
    Object.assign(res, Object.fromEntries(names.map((name) => [name, () => undefined])))
    return { res }
  }
})

describe('Cookie', () => {
  it('takes its settings, but for what is its own', () => {
    const cookie = new Cookie({ path: '/a', originalMaxAge: 5, ...({ data: 'x', secure: true } as object) })
    expect([cookie.path, cookie.originalMaxAge, cookie.data.path, cookie.secure]).toEqual(['/a', 5, '/a', true])
  })

  it.each([42, 'x', true])('refuses %j as settings', (options) => {
    expect(() => new Cookie(options as never)).toThrow(/argument options must be an object/)
  })

  it('takes a maxAge that is a date', () => {
    const cookie = new Cookie()
    cookie.maxAge = new Date(Date.now() + 60_000)
    expect(Math.round((cookie.maxAge ?? 0) / 1_000)).toBe(60)
  })
})
