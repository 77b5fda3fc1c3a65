import { createHmac } from 'node:crypto'
import type { AnyRequest, Handler } from '../server.ts'
import { type Case, count, type Kit, told } from './kit.ts'

const hit: Handler = (req, res) => {
  req.session.hit = true
  res.end()
}
const who: Handler = (req, res) => {
  if (req.url === '/set') req.session.who = 'ada'
  res.end(String(req.session.who))
}

const signed = (id: string, secret: string) =>
  `s:${id}.${createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')}`

const refused = (name: string, options: object, words: RegExp): Case => ({
  name: `an option is refused: ${name}`,
  expect: true,
  async run(kit) {
    try {
      kit.session(options)
      return false
    } catch (error) {
      return words.test(String(error))
    }
  },
})

const names: Case[] = [
  {
    name: 'name: is connect.sid',
    expect: true,
    run: async (kit) => (await (await kit.serve({}, hit)).get()).set !== undefined,
  },
  {
    name: 'name: another',
    expect: true,
    run: async (kit) => (await (await kit.serve({ name: 'mine' }, hit)).get()).set !== undefined,
  },
  {
    name: 'key: is an older word for name',
    expect: true,
    run: async (kit) => (await (await kit.serve({ key: 'older' }, hit)).get()).set !== undefined,
  },
  {
    name: 'name: two middlewares of different names do not meet',
    expect: ['undefined', 'ada'],
    async run(kit) {
      const one = await kit.serve({ name: 'one' }, who)
      const other = await kit.serve({ name: 'other' }, who)
      await one.get('/set')
      return [(await other.get('/', { cookie: one.cookie ?? '' })).text, (await one.get()).text]
    },
  },
]

const ids: Case[] = [
  refused('genid that is no function', { genid: 'no' }, /genid option must be a function/),
  {
    name: 'genid: 32 characters of their own for each session',
    expect: [32, 32, true, true],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => res.end(req.sessionID))
      const [one, two] = [(await client.get()).text, (await client.get()).text]
      return [one.length, two.length, one !== two, /^[\w-]+$/.test(one)]
    },
  },
  {
    name: 'genid: another',
    expect: 'an-id',
    async run(kit) {
      const client = await kit.serve({ genid: () => 'an-id' }, (req, res) => res.end(req.session.id))
      return (await client.get()).text
    },
  },
  {
    name: 'genid: is given the request',
    expect: '/for/me',
    async run(kit) {
      const client = await kit.serve({ genid: (req: AnyRequest) => req.url }, (req, res) => res.end(req.sessionID))
      return (await client.get('/for/me')).text
    },
  },
  ...['%', 'a b', 'a.b.c', '/', 'ü', '"', ';'].map(
    (id): Case => ({
      name: `genid: the id ${JSON.stringify(id)} comes back`,
      expect: [signed(id, 'secret'), 'ada'],
      async run(kit) {
        const client = await kit.serve({ genid: () => id, secret: 'secret' }, who)
        const { set } = await client.get('/set')
        return [set?.value, (await client.get()).text]
      },
    }),
  ),
]

/** What a server of one secret says to the cookie of another's. */
const secrets = (name: string, first: unknown, then: unknown, expect: string): Case => ({
  name: `secret: ${name}`,
  expect,
  async run(kit) {
    const one = await kit.serve({ secret: first }, who)
    await one.get('/set')
    const other = await kit.serve({ secret: then }, who)
    return (await other.get('/', { cookie: one.cookie ?? '' })).text
  },
})

const signing: Case[] = [
  refused('secret that is an empty list', { secret: [] }, /secret option array must contain one or more/),
  secrets('a string', 'x', 'x', 'ada'),
  secrets('a Buffer', Buffer.from('bytes'), Buffer.from('bytes'), 'ada'),
  secrets('another is not accepted', 'x', 'y', 'undefined'),
  secrets('the first of a list signs', ['new', 'old'], 'new', 'ada'),
  secrets('only the first of a list signs', ['new', 'old'], 'old', 'undefined'),
  secrets('all of a list are accepted', 'old', ['new', 'old'], 'ada'),
  secrets('of a list that has lost it, none', 'old', ['new', 'newer'], 'undefined'),
  {
    name: 'secret: none at all is an error',
    expect: [500, true],
    async run(kit) {
      const { status, text } = await (await kit.serve({ secret: undefined }, hit)).get()
      return [status, /secret option required/.test(text)]
    },
  },
  {
    name: 'secret: may be on the request',
    expect: [200, 'ada'],
    async run(kit) {
      const give = (req: AnyRequest, _res: unknown, next: () => void) => {
        req.secret = 'from cookie-parser'
        next()
      }
      const client = await kit.serve({ secret: undefined }, who, [give as never])
      const { status } = await client.get('/set')
      return [status, (await client.get()).text]
    },
  },
  {
    name: 'secret: the wire format is s:, the id, a dot and an HMAC',
    expect: 's:apple.D8Y+pkTAmeR0PobOhY4G97PRW+j7bUnP/5m6/On1MCU',
    async run(kit) {
      const client = await kit.serve({ genid: () => 'apple', secret: 'keyboard cat' }, hit)
      return (await client.get()).set?.value
    },
  },
]

/** How the connection counts, by what says so. */
const secured = (
  name: string,
  proxy: boolean | undefined,
  headers: Record<string, string>,
  isSecure: unknown,
  expect: boolean,
): Case => ({
  name: `proxy: ${name}`,
  expect,
  async run(kit) {
    const express = (req: AnyRequest, _res: unknown, next: () => void) => {
      if (isSecure !== undefined) req.secure = isSecure as boolean
      next()
    }
    const client = await kit.serve({ proxy, cookie: { secure: true } }, hit, [express as never])
    return (await client.get('/', headers)).set !== undefined
  },
})

const forwarded = { 'x-forwarded-proto': 'https' }
const proxies: Case[] = [
  secured('true believes the header', true, forwarded, undefined, true),
  secured('true believes its first word', true, { 'x-forwarded-proto': 'https, http' }, undefined, true),
  secured('true believes no later word', true, { 'x-forwarded-proto': 'http,https' }, undefined, false),
  secured('true in capitals', true, { 'x-forwarded-proto': 'HTTPS' }, undefined, true),
  secured('true without the header', true, {}, undefined, false),
  secured('true does not ask Express', true, {}, true, false),
  secured('false believes nothing', false, forwarded, true, false),
  secured('undefined asks Express', undefined, {}, true, true),
  secured('undefined believes Express', undefined, forwarded, false, false),
  secured('undefined without Express', undefined, forwarded, undefined, false),
]

/** For each of the eight ways to set them: whether the cookie is set, and how many sessions are stored. */
const saving: Case[] = [true, false].flatMap((saveUninitialized) =>
  [true, false].flatMap((rolling) =>
    [true, false].flatMap((resave): Case[] => {
      const options = { saveUninitialized, rolling, resave, cookie: { maxAge: 60_000 } }
      const title = Object.entries(options)
        .slice(0, 3)
        .map(([name, value]) => `${name} ${value}`)
      return [
        {
          name: `${title.join(', ')}: a new session that is not changed`,
          expect: [saveUninitialized, saveUninitialized ? 1 : 0],
          run: (kit) => seen(kit, options, ['/']),
        },
        {
          name: `${title.join(', ')}: a new session that is changed`,
          expect: [true, 1],
          run: (kit) => seen(kit, options, ['/change']),
        },
        {
          name: `${title.join(', ')}: a session that is loaded and not changed`,
          expect: [rolling, 1],
          run: (kit) => seen(kit, options, ['/change', '/']),
        },
        {
          name: `${title.join(', ')}: a session that is loaded and changed`,
          expect: [true, 1],
          run: (kit) => seen(kit, options, ['/change', '/change']),
        },
      ]
    }),
  ),
)

async function seen(kit: Kit, options: object, paths: string[]): Promise<unknown> {
  const client = await kit.serve(options, (req, res) => {
    if (req.url === '/change') req.session.n = ((req.session.n as number) ?? 0) + 1
    res.end()
  })
  let isSet = false
  for (const path of paths) isSet = (await client.get(path)).set !== undefined
  return [isSet, await count(kit)]
}

/** What is left when a handler takes the session off the request. */
const unset = (name: string, unset: string | undefined, take: (req: AnyRequest) => void, expect: unknown): Case => ({
  name: `unset: ${name}`,
  expect,
  async run(kit) {
    const client = await kit.serve({ unset }, (req, res) => {
      req.session.n = ((req.session.n as number) ?? 0) + 1
      const { n } = req.session
      if (req.url === '/take') take(req)
      res.end(String(n))
    })
    await client.get()
    await client.get('/take')
    return [await count(kit), (await client.get()).text]
  },
})

const nothing = (req: AnyRequest) => Object.assign(req, { session: null })
const remove = (req: AnyRequest) => Reflect.deleteProperty(req, 'session')

const unsets: Case[] = [
  refused('unset that is neither', { unset: 'no' }, /unset option must be "destroy" or "keep"/),
  unset('keeps by itself', undefined, nothing, [1, '2']),
  unset('keep keeps, and forgets what was changed', 'keep', nothing, [1, '2']),
  unset('keep on delete', 'keep', remove, [1, '2']),
  unset('destroy destroys', 'destroy', nothing, [0, '1']),
  unset('destroy on delete', 'destroy', remove, [0, '1']),
  {
    name: 'unset: destroy of a session that is new sets no cookie',
    expect: [false, 0],
    async run(kit) {
      const client = await kit.serve({ unset: 'destroy', saveUninitialized: true }, (req, res) => {
        nothing(req)
        res.end()
      })
      return [(await client.get()).set !== undefined, await count(kit)]
    },
  },
]

const stores: Case[] = [
  {
    name: 'store: is on the request',
    expect: true,
    async run(kit) {
      const client = await kit.serve({}, (req, res) => res.end(String(typeof req.sessionStore.get === 'function')))
      return (await client.get()).text === 'true'
    },
  },
  {
    name: 'store: two servers on one share the sessions',
    expect: 'ada',
    async run(kit) {
      const one = await kit.serve({}, who)
      await one.get('/set')
      const other = await kit.serve({}, who)
      return (await other.get('/', { cookie: one.cookie ?? '' })).text
    },
  },
  {
    name: 'store: a session that it has lost is a new one, of another id',
    expect: [true, 'undefined', true],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        const before = req.session.who
        req.session.who = 'ada'
        res.end(`${req.sessionID} ${before}`)
      })
      const [first] = (await client.get()).text.split(' ')
      await told((done) => kit.asStore.clear(done))
      const { text, set } = await client.get()
      const [second, before] = text.split(' ')
      return [first !== second, before, set !== undefined]
    },
  },
]

export const optionCases: Case[] = [...names, ...ids, ...signing, ...proxies, ...saving, ...unsets, ...stores]
