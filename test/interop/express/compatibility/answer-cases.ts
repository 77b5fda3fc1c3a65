import { Readable } from 'node:stream'
import type { AnyRequest, Handler } from '../server.ts'
import { type Case, count } from './kit.ts'

/** What of an answer arrives, when its handler has changed a new session; and whether a next request finds the change. */
const answers = (name: string, handle: Handler, expect: [number, string], method = 'GET'): Case => ({
  name: `an answer: ${name}`,
  expect: [...expect, true, 'yes'],
  async run(kit) {
    const client = await kit.serve({}, (req, res) => {
      if (req.url === '/look') return res.end(String(req.session.changed))
      req.session.changed = 'yes'
      return handle(req, res)
    })
    const { status, text, set } = await client.ask(method, '/')
    return [status, text, set !== undefined, (await client.get('/look')).text]
  },
})

const forms: Case[] = [
  answers('end with text', (_req, res) => res.end('text'), [200, 'text']),
  answers('end with bytes', (_req, res) => res.end(Buffer.from('bytes')), [200, 'bytes']),
  answers('end with an encoding', (_req, res) => res.end('aGk=', 'base64'), [200, 'hi']),
  answers('end with nothing', (_req, res) => res.end(), [200, '']),
  answers('end with null', (_req, res) => res.end(null), [200, '']),
  answers('end, and end again', (_req, res) => [res.end('once'), res.end('twice')], [200, 'once']),
  answers('write and end', (_req, res) => [res.write('a'), res.end('b')], [200, 'ab']),
  answers(
    'write and end with a length',
    (_req, res) => {
      res.setHeader('Content-Length', 5)
      res.write('hel')
      res.end('lo')
    },
    [200, 'hello'],
  ),
  answers('a length of nothing', (_req, res) => [res.setHeader('Content-Length', 0), res.end()], [200, '']),
  answers('writeHead and end', (_req, res) => res.writeHead(201).end('made'), [201, 'made']),
  answers('writeHead with a message', (_req, res) => res.writeHead(202, 'Taken', { 'x-a': '1' }).end('t'), [202, 't']),
  answers('writeHead and write', (_req, res) => [res.writeHead(200, { 'x-a': '1' }), res.write('a'), res.end('b')], [
    200,
    'ab',
  ]),
  answers('flushHeaders, then text', (_req, res) => [res.flushHeaders(), res.end('late')], [200, 'late']),
  answers('a redirect', (_req, res) => res.writeHead(302, { location: '/look' }).end(), [302, '']),
  answers('no content', (_req, res) => res.writeHead(204).end(), [204, '']),
  answers('not modified', (_req, res) => res.writeHead(304).end(), [304, '']),
  answers('to HEAD', (_req, res) => res.end('unseen'), [200, ''], 'HEAD'),
  answers('a stream', (_req, res) => void Readable.from(['one ', 'two']).pipe(res), [200, 'one two']),
  answers(
    'a stream of a megabyte',
    (_req, res) => void Readable.from(Array.from({ length: 16 }, () => 'x'.repeat(65_536))).pipe(res),
    [200, 'x'.repeat(1_048_576)],
  ),
  answers('end with a callback', (_req, res) => res.end('called', () => undefined), [200, 'called']),
]

const cookiesBeside = (name: string, handle: Handler, expect: string[]): Case => ({
  name: `an answer: ${name}`,
  expect,
  async run(kit) {
    const client = await kit.serve({}, (req, res) => {
      req.session.here = true
      return handle(req, res)
    })
    const { headers } = await client.get()
    return (headers['set-cookie'] ?? []).map((line) => line.split('=')[0])
  },
})

const beside: Case[] = [
  cookiesBeside('a cookie set before it', (_req, res) => [res.setHeader('Set-Cookie', 'a=1'), res.end()], [
    'a',
    'connect.sid',
  ]),
  cookiesBeside('cookies set before it', (_req, res) => [res.setHeader('Set-Cookie', ['a=1', 'b=2']), res.end()], [
    'a',
    'b',
    'connect.sid',
  ]),
  cookiesBeside('a cookie in writeHead', (_req, res) => res.writeHead(200, { 'Set-Cookie': 'a=1' }).end(), [
    'a',
    'connect.sid',
  ]),
  cookiesBeside('cookies in writeHead', (_req, res) => res.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end(), [
    'a',
    'b',
    'connect.sid',
  ]),
]

const paths: Case[] = [
  {
    name: 'a request: that has a session keeps it',
    expect: ['theirs', false],
    async run(kit) {
      const give = (req: AnyRequest, _res: unknown, next: () => void) => {
        Object.assign(req, { session: { who: 'theirs' } })
        next()
      }
      const client = await kit.serve({}, (req, res) => res.end(String(req.session.who)), [give as never])
      const { text, set } = await client.get()
      return [text, set !== undefined]
    },
  },
  {
    name: 'a request: passes the middleware twice and has one session',
    expect: ['1', '2'],
    async run(kit) {
      const twice = kit.session({})
      const client = await kit.serve(
        {},
        (req, res) => {
          req.session.n = ((req.session.n as number) ?? 0) + 1
          res.end(String(req.session.n))
        },
        [twice],
      )
      return [(await client.get()).text, (await client.get()).text]
    },
  },
  {
    name: 'a request: with an empty url',
    expect: 'object',
    async run(kit) {
      const empty = (req: AnyRequest, _res: unknown, next: () => void) => {
        req.url = ''
        next()
      }
      return (await (await kit.serve({}, (req, res) => res.end(typeof req.session), [empty as never])).get()).text
    },
  },
  {
    name: 'a request: is judged by its original url',
    expect: 'object',
    async run(kit) {
      const mounted = (req: AnyRequest, _res: unknown, next: () => void) => {
        req.originalUrl = '/app/x'
        next()
      }
      const client = await kit.serve({ cookie: { path: '/app' } }, (req, res) => res.end(typeof req.session), [
        mounted as never,
      ])
      return (await client.get('/x')).text
    },
  },
  {
    name: 'a request: of another path has none',
    expect: 'undefined',
    async run(kit) {
      const client = await kit.serve({ cookie: { path: '/app' } }, (req, res) => res.end(typeof req.session))
      return (await client.get('/x')).text
    },
  },
  {
    name: 'a request: whose sessionID is no text stores nothing',
    expect: [false, 0],
    async run(kit) {
      const client = await kit.serve({ saveUninitialized: true }, (req, res) => {
        Object.assign(req, { sessionID: () => 'x' })
        req.session.here = true
        res.end()
      })
      return [(await client.get()).set !== undefined, await count(kit)]
    },
  },
]

/** What a server makes of a cookie that was tampered with. */
const tampered = (name: string, change: (cookie: string) => string): Case => ({
  name: `a cookie that is no good: ${name}`,
  expect: [200, 'undefined', true],
  async run(kit) {
    const client = await kit.serve({}, (req, res) => {
      const before = req.session.who
      req.session.who = 'ada'
      res.end(String(before))
    })
    await client.get()
    const { status, text, set } = await client.get('/', { cookie: change(client.cookie ?? '') })
    return [status, text, set !== undefined]
  },
})

const tampering: Case[] = [
  tampered('another signature', (cookie) => `${cookie.slice(0, -3)}abc`),
  tampered('a shorter signature', (cookie) => cookie.slice(0, -5)),
  tampered('no signature', (cookie) => cookie.split('.').slice(0, 2).join('.')),
  tampered('another id', (cookie) => cookie.replace('s%3A', 's%3A_')),
  tampered('no s:', (cookie) => cookie.replace('s%3A', '')),
  tampered('nothing', () => 'connect.sid='),
  tampered('only s:', () => 'connect.sid=s%3A'),
  tampered('not decodable', () => 'connect.sid=s%3A%E0%A4%A'),
  tampered('one of another name', (cookie) => cookie.replace('connect.sid', 'other')),
]

const beforeUs = (parsed: object, header: string | undefined) => (req: AnyRequest, _res: unknown, next: () => void) => {
  Object.assign(req, parsed)
  if (header === undefined) delete req.headers.cookie
  else req.headers.cookie = header
  next()
}

/** As `cookie-parser` leaves a request. */
const parsers: Case[] = (['cookies', 'signedCookies'] as const).map(
  (where): Case => ({
    name: `cookie-parser: a cookie in req.${where}`,
    expect: 'ada',
    async run(kit) {
      const maker = await kit.serve({}, (req, res) => {
        req.session.who = 'ada'
        res.end(req.sessionID)
      })
      const { text: id, set } = await maker.get()
      const parsed = { [where]: { 'connect.sid': where === 'cookies' ? set?.value : id } }
      const client = await kit.serve({}, (req, res) => res.end(String(req.session.who)), [
        beforeUs(parsed, 'foo=bar') as never,
      ])
      return (await client.get()).text
    },
  }),
)

const unsigned: Case = {
  name: 'cookie-parser: a cookie without a signature in req.cookies',
  expect: 'undefined',
  async run(kit) {
    const maker = await kit.serve({}, (req, res) => {
      req.session.who = 'ada'
      res.end(req.sessionID)
    })
    const { text: id } = await maker.get()
    const client = await kit.serve({}, (req, res) => res.end(String(req.session.who)), [
      beforeUs({ cookies: { 'connect.sid': id } }, 'foo=bar') as never,
    ])
    return (await client.get()).text
  },
}

/** Where express-session goes wrong, or JSON ends, and we differ on purpose. */
const differences: Case[] = [
  {
    name: 'a value: a Date',
    expect: 'string',
    unlike: { whose: 'store', because: 'our stores keep what JSON cannot say', expect: 'date' },
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        if (req.url === '/set') req.session.at = new Date(0)
        res.end(req.session.at instanceof Date ? 'date' : typeof req.session.at)
      })
      await client.get('/set')
      return (await client.get()).text
    },
  },
  {
    name: 'a value: a Map',
    expect: '{}',
    unlike: { whose: 'store', because: 'our stores keep what JSON cannot say', expect: '[["a",1]]' },
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        if (req.url === '/set') req.session.map = new Map([['a', 1]])
        const { map } = req.session
        res.end(JSON.stringify(map instanceof Map ? [...map] : map))
      })
      await client.get('/set')
      return (await client.get()).text
    },
  },
  {
    name: 'an answer: the session of a stream that changes it after its first piece',
    expect: [false, 1],
    unlike: { whose: 'middleware', because: 'it would be stored for nobody without its cookie', expect: [true, 1] },
    async run(kit) {
      const client = await kit.serve({}, async (req, res) => {
        res.write('a')
        await new Promise((resolve) => setImmediate(resolve))
        req.session.here = true
        res.end('b')
      })
      return [(await client.get()).set !== undefined, await count(kit)]
    },
  },
]

export const answerCases: Case[] = [...forms, ...beside, ...paths, ...tampering, ...parsers, unsigned, ...differences]
