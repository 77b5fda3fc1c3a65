import type { AnyRequest, AnySession, Handler } from '../server.ts'
import { type Case, count, told } from './kit.ts'

/** What a handler says, as JSON, on a session that holds `{ who: 'ada', n: 1 }` already. */
const says = (name: string, handle: (req: AnyRequest) => unknown, expect: unknown): Case => ({
  name,
  expect,
  async run(kit) {
    const client = await kit.serve({}, async (req, res) => {
      if (req.url === '/make') Object.assign(req.session, { who: 'ada', n: 1 })
      res.end(JSON.stringify(req.url === '/make' ? null : ((await handle(req)) ?? null)))
    })
    await client.get('/make')
    const { text } = await client.get()
    return JSON.parse(text) as unknown
  },
})

/** What the next request finds after the handler has done something to `{ who: 'ada', n: 1 }`. */
const leaves = (name: string, handle: (req: AnyRequest) => unknown, expect: unknown): Case => ({
  name,
  expect,
  async run(kit) {
    const client = await kit.serve({}, async (req, res) => {
      if (req.url === '/make') Object.assign(req.session, { who: 'ada', n: 1 })
      else if (req.url === '/do') await handle(req)
      res.end(req.url === '/look' ? JSON.stringify(dataOf(req.session)) : '')
    })
    await client.get('/make')
    await client.get('/do')
    const { text } = await client.get('/look')
    return JSON.parse(text) as unknown
  },
})

function dataOf(session: AnySession): object {
  const entries = Object.entries(session).filter(([name]) => name !== 'cookie')
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const by = (req: AnyRequest, method: 'save' | 'reload' | 'regenerate' | 'destroy') =>
  told((done) => void req.session[method](done))

const data: Case[] = [
  says('a session: what it held', (req) => dataOf(req.session), { n: 1, who: 'ada' }),
  says('a session: its own names are its data and its cookie', (req) => Object.keys(req.session).sort(), [
    'cookie',
    'n',
    'who',
  ]),
  says('a session: for in lists no methods', (req) => namesOf(req.session), ['cookie', 'n', 'who']),
  says('a session: its id is the request’s', (req) => req.session.id === req.sessionID, true),
  says('a session: its id cannot be changed', (req) => [Reflect.set(req.session, 'id', 'x'), req.session.id === 'x'], [
    false,
    false,
  ]),
  says('a session: knows its request', (req) => (req.session as { req?: unknown }).req === req, true),
  leaves('a session: an added key', (req) => Object.assign(req.session, { b: [1, { c: null }] }), {
    b: [1, { c: null }],
    n: 1,
    who: 'ada',
  }),
  leaves('a session: a changed key', (req) => Object.assign(req.session, { who: 'bob' }), { n: 1, who: 'bob' }),
  leaves('a session: a deleted key', (req) => delete (req.session as Record<string, unknown>).who, { n: 1 }),
  leaves('a session: a key that is set to undefined', (req) => Object.assign(req.session, { who: undefined }), {
    n: 1,
  }),
  leaves('a session: nothing', () => undefined, { n: 1, who: 'ada' }),
  leaves(
    'a session: a change deep inside',
    (req) => {
      req.session.deep = { list: [{ at: 1 }] }
      const { list } = req.session.deep as { list: { at: number }[] }
      list[0]?.at && list.push({ at: 2 })
    },
    { deep: { list: [{ at: 1 }, { at: 2 }] }, n: 1, who: 'ada' },
  ),
  leaves('a session: a nested key called cookie', (req) => Object.assign(req.session, { user: { cookie: 1 } }), {
    n: 1,
    user: { cookie: 1 },
    who: 'ada',
  }),
]

function namesOf(session: AnySession): string[] {
  const names: string[] = []
  for (const name in session) names.push(name)
  return names.sort()
}

const own = (value: unknown) => ({ value, enumerable: true, configurable: true, writable: true })
const sorted = (record: object) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
const plain = { originalMaxAge: null, expires: null, httpOnly: true, path: '/' }

const jsonValues: [string, unknown][] = [
  ['text', 'plain'],
  ['empty text', ''],
  ['text beyond ASCII', 'grüße 你好 🎈'],
  ['text with control characters', 'a\u0000b\nc'],
  ['zero', 0],
  ['a negative number', -1.5e-7],
  ['a large number', Number.MAX_SAFE_INTEGER],
  ['true', true],
  ['false', false],
  ['null', null],
  ['an empty list', []],
  ['an empty object', {}],
  ['a nested value', { a: [{ b: { c: [1, 'two', null, false] } }] }],
  ['an object with a key called $', { $: 'dollar', v: 1 }],
  ['100 KB of text', 'x'.repeat(100_000)],
  ['a list of 1,000', Array.from({ length: 1_000 }, (_, at) => at)],
]

const values: Case[] = [
  ...jsonValues.map(([name, value]) =>
    leaves(`a value: ${name}`, (req) => Object.assign(req.session, { value }), { n: 1, value, who: 'ada' }),
  ),
  ...['a/b', 'a b', '%', 'ü', '0', 'a.b', '$', '🎈'].map((key) =>
    leaves(
      `a key: ${key}`,
      (req) => Object.defineProperty(req.session, key, own(7)),
      sorted({ n: 1, who: 'ada', [key]: 7 }),
    ),
  ),
]

const saving: Case[] = [
  says('save: stores at once', (req) => changed(req).then(() => stored(req, 'b')), 2),
  leaves(
    'save: what is changed after it is stored too',
    (req) => changed(req).then(() => Object.assign(req.session, { c: 3 })),
    {
      b: 2,
      c: 3,
      n: 1,
      who: 'ada',
    },
  ),
  {
    name: 'save: a new session that is saved gets its cookie',
    expect: [true, 1],
    async run(kit) {
      const client = await kit.serve({}, async (req, res) => {
        req.session.here = true
        await by(req, 'save')
        res.end()
      })
      return [(await client.get()).set !== undefined, await count(kit)]
    },
  },
]

async function changed(req: AnyRequest): Promise<void> {
  req.session.b = 2
  await by(req, 'save')
}

async function stored(req: AnyRequest, name: string): Promise<unknown> {
  const found = await told<Record<string, unknown> | null>((done) => req.sessionStore.get(req.sessionID, done))
  return found?.[name]
}

const reloading: Case[] = [
  says(
    'reload: forgets what was changed',
    async (req) => {
      req.session.who = 'bob'
      await by(req, 'reload')
      return req.session.who
    },
    'ada',
  ),
  says(
    'reload: gives another object of the same id',
    async (req) => {
      const { session: before } = req
      await by(req, 'reload')
      return [before !== req.session, before.id === req.session.id]
    },
    [true, true],
  ),
  says(
    'reload: sees what others have stored',
    async (req) => {
      const found = await told<Record<string, unknown>>((done) => req.sessionStore.get(req.sessionID, done as never))
      await told((done) => req.sessionStore.set(req.sessionID, { ...found, other: 1 }, done))
      await by(req, 'reload')
      return req.session.other
    },
    1,
  ),
  says(
    'reload: says when it is gone',
    async (req) => {
      await told((done) => req.sessionStore.destroy(req.sessionID, done))
      return by(req, 'reload').catch((error: unknown) => (error as Error).message)
    },
    'failed to load session',
  ),
]

const regenerating: Case[] = [
  says(
    'regenerate: another id, and no data',
    async (req) => {
      const before = req.sessionID
      await by(req, 'regenerate')
      return [before !== req.sessionID, req.session.id === req.sessionID, dataOf(req.session)]
    },
    [true, true, {}],
  ),
  says(
    'regenerate: the old session is destroyed',
    async (req) => {
      const before = req.sessionID
      await by(req, 'regenerate')
      return (await told((done) => req.sessionStore.get(before, done))) ?? null
    },
    null,
  ),
  leaves(
    'regenerate: the cookie is of the new session',
    async (req) => {
      await by(req, 'regenerate')
      req.session.fresh = true
    },
    { fresh: true },
  ),
  {
    name: 'regenerate: the new session is stored though it holds nothing',
    expect: [true, 1],
    async run(kit) {
      const client = await kit.serve({}, async (req, res) => {
        if (req.url === '/make') req.session.here = true
        else await by(req, 'regenerate')
        res.end()
      })
      await client.get('/make')
      const { set } = await client.get()
      return [set !== undefined, await count(kit)]
    },
  },
]

const destroying: Case[] = [
  says(
    'destroy: the request has no session',
    async (req) => {
      await by(req, 'destroy')
      return [req.session === undefined, 'session' in req]
    },
    [true, false],
  ),
  leaves('destroy: the next request has a new one', (req) => by(req, 'destroy'), {}),
  {
    name: 'destroy: nothing is stored, and no cookie set',
    expect: [false, 0],
    async run(kit) {
      const client = await kit.serve({ saveUninitialized: true }, async (req, res) => {
        req.session.here = true
        await by(req, 'destroy')
        res.end()
      })
      return [(await client.get()).set !== undefined, await count(kit)]
    },
  },
]

const look: Handler = (req, res) => res.end(JSON.stringify(dataOf(req.session)))

/** The protocol between a middleware and its store. */
const protocol: Case[] = [
  {
    name: 'store.get: null for what is not there',
    expect: true,
    run: async (kit) => ((await told((done) => kit.asStore.get('no', done))) ?? null) === null,
  },
  {
    name: 'store.set and store.get',
    expect: ['ada', '/', null],
    async run(kit) {
      await told((done) => kit.asStore.set('one', { who: 'ada', cookie: plain }, done))
      const found = await told<Record<string, unknown>>((done) => kit.asStore.get('one', done as never))
      const cookie = found.cookie as { path: string; originalMaxAge: number | null }
      return [found.who, cookie.path, cookie.originalMaxAge]
    },
  },
  {
    name: 'store.set: replaces the whole of it',
    expect: { b: 2 },
    async run(kit) {
      await told((done) => kit.asStore.set('one', { a: 1, cookie: plain }, done))
      await told((done) => kit.asStore.set('one', { b: 2, cookie: plain }, done))
      const { cookie: _, ...rest } = await told<Record<string, unknown>>((done) =>
        kit.asStore.get('one', done as never),
      )
      return rest
    },
  },
  {
    name: 'store.destroy',
    expect: [null, 0],
    async run(kit) {
      await told((done) => kit.asStore.set('one', { a: 1, cookie: plain }, done))
      await told((done) => kit.asStore.destroy('one', done))
      return [(await told((done) => kit.asStore.get('one', done))) ?? null, await count(kit)]
    },
  },
  {
    name: 'store.destroy: of what is not there is no error',
    expect: 'done',
    async run(kit) {
      await told((done) => kit.asStore.destroy('no', done))
      return 'done'
    },
  },
  {
    name: 'store.length, store.all and store.clear',
    expect: [2, [1, 2], 0],
    async run(kit) {
      await told((done) => kit.asStore.set('one', { n: 1, cookie: plain }, done))
      await told((done) => kit.asStore.set('two', { n: 2, cookie: plain }, done))
      const all = await told<object>((done) => kit.asStore.all(done))
      const before = await count(kit)
      await told((done) => kit.asStore.clear(done))
      return [
        before,
        Object.values(all)
          .map((each: { n: number }) => each.n)
          .sort(),
        await count(kit),
      ]
    },
  },
  {
    name: 'store.touch: keeps the data',
    expect: 1,
    async run(kit) {
      await told((done) => kit.asStore.set('one', { n: 1, cookie: plain }, done))
      await told((done) => kit.asStore.touch('one', { n: 2, cookie: plain }, done))
      return (await told<Record<string, unknown>>((done) => kit.asStore.get('one', done as never))).n
    },
  },
  {
    name: 'store.load: a session with its methods',
    expect: ['ada', 'function', true],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        req.session.who = 'ada'
        res.end(req.sessionID)
      })
      const { text: id } = await client.get()
      const session = await told<AnySession>((done) => kit.asStore.load(id, done as never))
      return [session.who, typeof session.save, session.id === id]
    },
  },
  {
    name: 'store.load: nothing for what is not there',
    expect: null,
    run: async (kit) => (await told((done) => kit.asStore.load('no', done))) ?? null,
  },
  {
    name: 'store.load: a session that is loaded so can be saved',
    expect: { extra: 1, who: 'ada' },
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        if (req.url === '/make') req.session.who = 'ada'
        if (req.url === '/make') res.end(req.sessionID)
        else look(req, res)
      })
      const { text: id } = await client.get('/make')
      const session = await told<AnySession>((done) => kit.asStore.load(id, done as never))
      session.extra = 1
      await told((done) => void session.save(done))
      return JSON.parse((await client.get('/look')).text) as unknown
    },
  },
  {
    name: 'store.regenerate and store.generate: by the request',
    expect: [true, true],
    async run(kit) {
      const client = await kit.serve({}, async (req, res) => {
        const before = req.sessionID
        await told((done) => req.sessionStore.regenerate(req, done))
        const between = req.sessionID
        req.sessionStore.generate(req)
        res.end(JSON.stringify([before !== between, between !== req.sessionID]))
      })
      return JSON.parse((await client.get()).text) as unknown
    },
  },
  {
    name: 'store.createSession: puts it on the request',
    expect: ['x', true],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        const made = req.sessionStore.createSession(req, { who: 'x', cookie: { originalMaxAge: null, path: '/' } })
        res.end(JSON.stringify([req.session.who, made === req.session]))
      })
      return JSON.parse((await client.get()).text) as unknown
    },
  },
  {
    name: 'store: disconnected, requests have no session; connected, they have',
    expect: ['undefined', 'object'],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        const { sessionStore } = req
        if (req.url === '/leave') sessionStore.emit('disconnect')
        keep ??= sessionStore
        res.end(typeof req.session)
      })
      let keep: AnyRequest['sessionStore'] | undefined
      await client.get('/leave')
      const without = await client.get()
      keep?.emit('connect')
      return [without.text, (await client.get()).text]
    },
  },
]

export const methodCases: Case[] = [
  ...data,
  ...values,
  ...saving,
  ...reloading,
  ...regenerating,
  ...destroying,
  ...protocol,
]
