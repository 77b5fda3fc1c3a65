import type { AnyCookie } from '../server.ts'
import { attributesOf, type Case, type Kit } from './kit.ts'

const https = { 'x-forwarded-proto': 'https' }

/** The attributes that the cookie of a new session is set with. */
function sets(name: string, options: object, names: string[], expect: unknown[], path = '/', headers = {}): Case {
  return {
    name: `a cookie: ${name}`,
    expect,
    async run(kit) {
      const client = await kit.serve({ proxy: true, ...options }, (req, res) => {
        req.session.here = true
        res.end()
      })
      return attributesOf(await client.get(path, headers), ...names)
    },
  }
}

const day = new Date('2037-05-06T07:08:09Z')

const attributes: Case[] = [
  sets('has the path /', {}, ['Path'], ['/']),
  sets('has another path when asked', { cookie: { path: '/admin' } }, ['Path'], ['/admin'], '/admin/x'),
  sets('is not set on other paths', { cookie: { path: '/admin' } }, ['Path'], [null], '/else'),
  sets('has no domain', {}, ['Domain'], [null]),
  sets('has a domain when asked', { cookie: { domain: 'example.com' } }, ['Domain'], ['example.com']),
  sets('is not for scripts', {}, ['HttpOnly'], [true]),
  sets('is for scripts when asked', { cookie: { httpOnly: false } }, ['HttpOnly'], [null]),
  sets('is not for secure connections alone', {}, ['Secure'], [null]),
  sets('is set on a secure connection', { cookie: { secure: true } }, ['Secure'], [true], '/', https),
  sets('is not set on another when it is secure', { cookie: { secure: true } }, ['Path'], [null]),
  sets('is secure by itself on TLS', { cookie: { secure: 'auto' } }, ['Secure'], [true], '/', https),
  sets('is not secure by itself elsewhere', { cookie: { secure: 'auto' } }, ['Path', 'Secure'], ['/', null]),
  sets('has no SameSite', {}, ['SameSite'], [null]),
  sets('has SameSite: false', { cookie: { sameSite: false } }, ['SameSite'], [null]),
  sets('has SameSite: true', { cookie: { sameSite: true } }, ['SameSite'], ['Strict']),
  sets('has SameSite: strict', { cookie: { sameSite: 'strict' } }, ['SameSite'], ['Strict']),
  sets('has SameSite: lax', { cookie: { sameSite: 'lax' } }, ['SameSite'], ['Lax']),
  sets('has SameSite: none', { cookie: { sameSite: 'none' } }, ['SameSite'], ['None']),
  sets('has SameSite by itself on TLS', { cookie: { sameSite: 'auto' } }, ['SameSite'], ['None'], '/', https),
  sets('has SameSite by itself elsewhere', { cookie: { sameSite: 'auto' } }, ['SameSite'], ['Lax']),
  sets('has no priority', {}, ['Priority'], [null]),
  sets('has a low priority', { cookie: { priority: 'low' } }, ['Priority'], ['Low']),
  sets('has a medium priority', { cookie: { priority: 'medium' } }, ['Priority'], ['Medium']),
  sets('has a high priority', { cookie: { priority: 'high' } }, ['Priority'], ['High']),
  sets('is not partitioned', {}, ['Partitioned'], [null]),
  sets('is partitioned when asked', { cookie: { partitioned: true } }, ['Partitioned'], [true]),
  sets('is not partitioned when not', { cookie: { partitioned: false } }, ['Partitioned'], [null]),
  sets('ends with the browser', {}, ['Expires', 'Max-Age'], [null, null]),
  sets('ends with the browser at maxAge: null', { cookie: { maxAge: null } }, ['Expires'], [null]),
  sets('takes maxAge after expires', { cookie: { expires: day, maxAge: null } }, ['Expires'], [null]),
  sets(
    'by a function',
    { cookie: () => ({ path: '/by', httpOnly: false }) },
    ['Path', 'HttpOnly'],
    ['/by', null],
    '/by',
  ),
  sets(
    'by a function of the request',
    { cookie: (req: { url: string }) => ({ path: req.url }) },
    ['Path'],
    ['/mine'],
    '/mine',
  ),
]

/** A value that the cookie of a session has, once `change` was made to it. */
function cookieIs(name: string, cookie: object, look: (cookie: AnyCookie) => unknown, expect: unknown): Case {
  return {
    name: `req.session.cookie: ${name}`,
    expect,
    async run(kit) {
      const client = await kit.serve({ cookie }, (req, res) =>
        res.end(JSON.stringify(look(req.session.cookie) ?? null)),
      )
      return JSON.parse((await client.get()).text) as unknown
    },
  }
}

const nearly = (ms: number | null, wanted: number) => ms !== null && Math.abs(ms - wanted) < 1_000

const values: Case[] = [
  cookieIs('path', {}, ({ path }) => path, '/'),
  cookieIs('httpOnly', {}, ({ httpOnly }) => httpOnly, true),
  cookieIs('maxAge is null', {}, ({ maxAge }) => maxAge, null),
  cookieIs('expires is null', {}, ({ expires }) => expires, null),
  cookieIs('originalMaxAge is null', {}, ({ originalMaxAge }) => originalMaxAge, null),
  cookieIs('maxAge counts down', { maxAge: 60_000 }, ({ maxAge }) => nearly(maxAge, 60_000), true),
  cookieIs('originalMaxAge stays', { maxAge: 60_000 }, (c) => nearly(c.originalMaxAge, 60_000), true),
  cookieIs('expires is a Date', { maxAge: 60_000 }, ({ expires }) => expires instanceof Date, true),
  cookieIs('expires as given', { expires: day }, ({ expires }) => expires, day.toISOString()),
  cookieIs('domain as given', { domain: 'a.example' }, ({ domain }) => domain, 'a.example'),
  cookieIs('sameSite as given', { sameSite: 'lax' }, ({ sameSite }) => sameSite, 'lax'),
  cookieIs('serialize', {}, (c) => c.serialize('n', 'v'), 'n=v; Path=/; HttpOnly'),
  cookieIs('serialize encodes', {}, (c) => c.serialize('n', 'a b'), 'n=a%20b; Path=/; HttpOnly'),
  cookieIs('data', {}, ({ data }) => [data.path, data.httpOnly, data.originalMaxAge], ['/', true, null]),
  cookieIs('toJSON is data', { maxAge: null }, (c) => c.toJSON().path === c.data.path, true),
  cookieIs('a maxAge that is none', {}, (c) => thrown(() => Object.assign(c, { maxAge: {} })), true),
  cookieIs(
    'set by expires',
    {},
    (c) => {
      c.expires = new Date(Date.now() + 90_000)
      return [nearly(c.maxAge, 90_000), nearly(c.originalMaxAge, 90_000)]
    },
    [true, true],
  ),
  cookieIs(
    'set by maxAge',
    {},
    (c) => {
      c.maxAge = 30_000
      return [c.expires instanceof Date, nearly(c.originalMaxAge, 30_000)]
    },
    [true, true],
  ),
]

function thrown(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    return /maxAge must be a number/.test(String(error))
  }
}

const lifetimes: Case[] = [
  {
    name: 'a cookie: expires when maxAge says',
    expect: true,
    run: (kit) => secondsLeft(kit, { maxAge: 100_000 }).then((left) => left > 97 && left <= 101),
  },
  {
    name: 'a cookie: expires when expires says',
    expect: 'Wed, 06 May 2037 07:08:09 GMT',
    async run(kit) {
      const client = await kit.serve({ cookie: { expires: day } }, (req, res) => {
        req.session.here = true
        res.end()
      })
      return (await client.get()).set?.Expires
    },
  },
  {
    name: 'a cookie: is set again when a session with maxAge changes, and only then',
    expect: [true, false, true],
    async run(kit) {
      const client = await kit.serve({ cookie: { maxAge: 100_000 } }, (req, res) => {
        if (req.url !== '/look') req.session.n = ((req.session.n as number) ?? 0) + 1
        res.end()
      })
      const answers = [await client.get(), await client.get('/look'), await client.get()]
      return answers.map(({ set }) => set !== undefined)
    },
  },
  {
    name: 'a cookie: is set once when it ends with the browser',
    expect: [true, false, false],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        req.session.n = ((req.session.n as number) ?? 0) + 1
        res.end()
      })
      const answers = [await client.get(), await client.get(), await client.get()]
      return answers.map(({ set }) => set !== undefined)
    },
  },
  {
    name: 'a cookie: keeps what a handler sets on it',
    expect: [true, true, 60_000],
    async run(kit) {
      const client = await kit.serve({}, (req, res) => {
        if (req.url === '/remember') {
          req.session.cookie.maxAge = 60_000
          req.session.here = true
        }
        res.end(JSON.stringify(req.session.cookie.originalMaxAge))
      })
      const { set } = await client.get('/remember')
      const { text } = await client.get()
      return [set?.Expires !== undefined, nearly(Number(text), 60_000), Math.round(Number(text) / 100) * 100]
    },
  },
  {
    name: 'a cookie: touch and resetMaxAge start its time again',
    expect: [true, true],
    async run(kit) {
      const client = await kit.serve({ cookie: { maxAge: 60_000 } }, (req, res) => {
        req.session.cookie.expires = new Date(Date.now() + 1_000)
        req.session.cookie.originalMaxAge = 60_000
        req.session.touch()
        const touched = nearly(req.session.cookie.maxAge, 60_000)
        req.session.cookie.expires = new Date(Date.now() + 1_000)
        req.session.cookie.originalMaxAge = 60_000
        req.session.resetMaxAge()
        res.end(JSON.stringify([touched, nearly(req.session.cookie.maxAge, 60_000)]))
      })
      return JSON.parse((await client.get()).text) as unknown
    },
  },
  {
    name: 'a cookie: of a session that has ended makes room for a new one',
    expect: ['first', 'none', true],
    async run(kit) {
      const client = await kit.serve({ cookie: { maxAge: 60_000 } }, (req, res) => {
        const found = req.session.who ?? 'none'
        if (req.url === '/make') req.session.who = 'first'
        if (req.url === '/end') req.session.cookie.expires = new Date(Date.now() - 1_000)
        req.session.n = ((req.session.n as number) ?? 0) + 1
        res.end(String(found))
      })
      await client.get('/make')
      const { cookie } = client
      const loaded = await client.get('/end')
      await new Promise((resolve) => setTimeout(resolve, 10))
      const after = await client.get('/', { cookie: cookie ?? '' })
      return [loaded.text, after.text, after.set !== undefined]
    },
  },
]

async function secondsLeft(kit: Kit, cookie: object): Promise<number> {
  const client = await kit.serve({ cookie }, (req, res) => {
    req.session.here = true
    res.end()
  })
  const { set } = await client.get()
  return (new Date(String(set?.Expires)).valueOf() - Date.now()) / 1_000
}

export const cookieCases: Case[] = [...attributes, ...values, ...lifetimes]
