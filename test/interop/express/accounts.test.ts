import { memoryStore } from '@everthread/core/memory'
import { type Anomaly, type SessionMiddleware, type SessionOptions, session } from '@everthread/express-middleware'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AnyRequest, type Client, closeServers, type Middleware, serve } from './server.ts'

type Ours = NonNullable<Parameters<SessionMiddleware>[0]['session']>

const MINUTE = 60_000

describe('accounts', () => {
  let now: number
  let middleware: SessionMiddleware
  let client: Client

  const ours = (req: AnyRequest) => req.session as unknown as Ours

  /** Does what the path says, and answers with the user, the data, and what came of it. */
  async function open(options: SessionOptions = {}): Promise<Client> {
    const store = memoryStore({ clock: () => now })
    middleware = session({ store, secret: 'x', touchAfter: 0, ...options })
    return serve([middleware as Middleware], async (req, res) => {
      const [, path = '', argument = ''] = (req.url ?? '').split('/')
      let result: unknown
      if (path === 'login') result = await ours(req).login(argument)
      if (path === 'fresh') result = await ours(req).login(argument, { keep: false })
      if (path === 'logout') result = await ours(req).logout()
      if (path === 'put') req.session[argument] = true
      if (path === 'list') result = await ours(req).logins.list()
      if (path === 'revoke') result = await ours(req).logins.revoke(argument)
      if (path === 'others') result = await ours(req).logins.revokeOthers()
      if (path === 'everywhere') result = await ours(req).logins.revokeAll()
      if (path === 'keep') result = await ours(req).regenerate({ keep: true })
      const { cookie: _, ...data } = req.session
      res.end(JSON.stringify({ id: req.sessionID, user: ours(req).logins.userId, data, result }))
    })
  }

  async function ask(path: string, headers: Record<string, string> = {}, by = client) {
    const { text } = await by.get(path, headers)
    return JSON.parse(text) as { id: string; user?: string; data: object; result?: never }
  }

  /** Another browser of the same server, with a cookie of its own. */
  async function browser(device: string): Promise<(path: string) => ReturnType<typeof ask>> {
    let cookie = ''
    return async (path) => {
      client.cookie = undefined
      const answer = await ask(path, { 'user-agent': device, ...(cookie ? { cookie } : {}) })
      cookie = client.cookie ?? cookie
      return answer
    }
  }

  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1)
    client = await open()
  })
  afterEach(closeServers)

  it('a login gives another id and keeps the data', async () => {
    const before = await ask('/put/cart')
    const { id, user, data } = await ask('/login/ada')
    expect({ sameId: id === before.id, user, data }).toEqual({ sameId: false, user: 'ada', data: { cart: true } })
    expect((await ask('/look')).user).toBe('ada')
  })

  it('a login leaves the data behind when asked', async () => {
    await ask('/put/cart')
    expect((await ask('/fresh/ada')).data).toEqual({})
  })

  it('who knew the id before a login has nothing of it', async () => {
    await ask('/put/cart')
    const { cookie } = client
    await ask('/login/ada')
    const { user, data } = await ask('/look', { cookie: cookie ?? '' })
    expect({ user, data }).toEqual({ user: undefined, data: {} })
  })

  it('a logout ends the session, and the request goes on with a new one', async () => {
    await ask('/login/ada')
    const { cookie } = client
    expect((await ask('/logout')).user).toBeUndefined()
    expect((await ask('/look', { cookie: cookie ?? '' })).user).toBeUndefined()
  })

  it('regenerate keeps the data when asked', async () => {
    const before = await ask('/put/cart')
    const { id, data } = await ask('/keep')
    expect({ sameId: id === before.id, data }).toEqual({ sameId: false, data: { cart: true } })
  })

  it.each(['', 7, undefined])('a login of %j is refused', async (userId) => {
    const refusing = await serve([middleware as Middleware], async (req, res) => {
      await ours(req)
        .login(userId as string)
        .catch((error: { code: string }) => res.end(error.code))
    })
    expect((await refusing.get()).text).toBe('USER_INVALID')
  })

  it('a login after the answer has begun is refused, and the session stays', async () => {
    const late = await serve([middleware as Middleware], async (req, res) => {
      res.write('')
      res.flushHeaders()
      await new Promise((resolve) => setImmediate(resolve))
      await ours(req)
        .login('ada')
        .catch((error: { code: string }) => res.end(error.code))
    })
    expect((await late.get()).text).toBe('HEADERS_SENT')
  })

  it('a list has the live sessions of the user, the last seen first, with device, times and which one asks', async () => {
    const phone = await browser('phone')
    const desk = await browser('desk')
    await phone('/login/ada')
    now += MINUTE
    await desk('/login/ada')
    await (await browser('other'))('/login/bob')
    now += MINUTE
    const list = (await phone('/list')).result as unknown as Record<string, unknown>[]
    expect(list.map(({ device, current, loggedInAt, address }) => ({ device, current, loggedInAt, address }))).toEqual([
      { device: 'desk', current: false, loggedInAt: Date.UTC(2026, 0, 1) + MINUTE, address: '127.0.0.1' },
      { device: 'phone', current: true, loggedInAt: Date.UTC(2026, 0, 1), address: '127.0.0.1' },
    ])
  })

  it('the list shows no id that opens a session', async () => {
    const { id } = await ask('/login/ada')
    const [own] = (await ask('/list')).result as unknown as { id: string }[]
    expect(own?.id).not.toContain(id)
  })

  it('a session is revoked from another, and only by its user', async () => {
    const phone = await browser('phone')
    const desk = await browser('desk')
    const stranger = await browser('stranger')
    await phone('/login/ada')
    await desk('/login/ada')
    await stranger('/login/bob')
    const list = (await phone('/list')).result as unknown as { id: string; device: string }[]
    const deskId = list.find(({ device }) => device === 'desk')?.id
    expect((await stranger(`/revoke/${deskId}`)).result).toBe(false)
    expect((await desk('/look')).user).toBe('ada')
    expect((await phone(`/revoke/${deskId}`)).result).toBe(true)
    expect((await desk('/look')).user).toBeUndefined()
    expect((await phone('/look')).user).toBe('ada')
  })

  it('all others are revoked at once, or all', async () => {
    const phone = await browser('phone')
    const desk = await browser('desk')
    await phone('/login/ada')
    await desk('/login/ada')
    expect((await phone('/others')).result).toBe(1)
    expect([(await desk('/look')).user, (await phone('/look')).user]).toEqual([undefined, 'ada'])
    await desk('/login/ada')
    const all = await phone('/everywhere')
    expect([all.result, all.user, (await desk('/look')).user]).toEqual([2, undefined, undefined])
  })

  it('nobody has logins while nobody is logged in', async () => {
    expect((await ask('/list')).result).toEqual([])
    expect((await ask('/others')).result).toBe(0)
  })

  it('a session ends when it is idle for long, and lives while it is used', async () => {
    client = await open({ idle: 10 * MINUTE })
    await ask('/login/ada')
    for (let visit = 0; visit < 5; visit++) {
      now += 9 * MINUTE
      expect((await ask('/look')).user).toBe('ada')
    }
    now += 10 * MINUTE
    expect((await ask('/look')).user).toBeUndefined()
  })

  it('a session ends at its absolute time however much it is used', async () => {
    client = await open({ idle: 10 * MINUTE, absolute: 30 * MINUTE })
    await ask('/login/ada')
    const users = []
    for (let visit = 0; visit < 4; visit++) {
      now += 9 * MINUTE
      users.push((await ask('/put/busy')).user)
    }
    expect(users).toEqual(['ada', 'ada', 'ada', undefined])
  })

  it('a login starts the absolute time again', async () => {
    client = await open({ absolute: 30 * MINUTE })
    await ask('/put/cart')
    now += 29 * MINUTE
    await ask('/login/ada')
    now += 29 * MINUTE
    expect((await ask('/look')).user).toBe('ada')
  })

  it.each([0, -1, 1.5, Number.NaN, '10'])('a lifetime of %j is refused', (idle) => {
    expect(() => session({ store: memoryStore(), secret: 'x', idle: idle as number })).toThrow(
      expect.objectContaining({ code: 'LIFETIME_INVALID' }),
    )
  })

  describe('when somebody logged in comes from elsewhere', () => {
    const heard: Anomaly[] = []
    beforeEach(() => {
      heard.length = 0
    })

    async function comeBackWith(options: SessionOptions) {
      client = await open(options)
      middleware.on('anomaly', (anomaly) => heard.push(anomaly))
      await ask('/login/ada', { 'user-agent': 'mine' })
      const other = await ask('/look', { 'user-agent': 'another' })
      return { there: other.user, after: (await ask('/look', { 'user-agent': 'mine' })).user }
    }

    it('it is told, and the session goes on', async () => {
      expect(await comeBackWith({})).toEqual({ there: 'ada', after: 'ada' })
      expect(heard).toMatchObject([
        { userId: 'ada', changed: ['device'], before: { device: 'mine' }, now: { device: 'another' } },
      ])
    })

    it('the session ends when the policy says so', async () => {
      expect(await comeBackWith({ anomaly: 'end' })).toEqual({ there: undefined, after: undefined })
    })

    it('a function decides', async () => {
      const anomaly = ({ changed }: Anomaly) => (changed.includes('address') ? ('end' as const) : ('keep' as const))
      expect(await comeBackWith({ anomaly })).toEqual({ there: 'ada', after: 'ada' })
    })

    it('nothing is told of who stays where they are', async () => {
      client = await open()
      middleware.on('anomaly', (anomaly) => heard.push(anomaly))
      await ask('/login/ada', { 'user-agent': 'mine' })
      await ask('/look', { 'user-agent': 'mine' })
      expect(heard).toEqual([])
    })
  })
})
