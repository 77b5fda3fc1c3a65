import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import type { Snapshot, Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { SessionCookies } from '../src/cookie/session-cookie.ts'
import { sign } from '../src/cookie/signature.ts'
import { Session } from '../src/request/session.ts'
import type { SessionRequest } from '../src/request/session-request.ts'
import { Keeper } from '../src/web/keeper.ts'
import { hashOf, partitionOf } from '../src/web/layout.ts'
import { Lifetime } from '../src/web/lifetime.ts'
import { WebSessions } from '../src/web/web-sessions.ts'

type Loaded = Session & Record<string, unknown>

/** A store that keeps what its reads were answered. */
function watched(clock: () => number): { store: Store; snapshots: Snapshot[] } {
  const store = memoryStore({ clock })
  const snapshots: Snapshot[] = []
  const { read } = store
  const reading: Store['read'] = async (...args) => {
    const snapshot = await Reflect.apply(read, store, args)
    snapshots.push(snapshot)
    return snapshot
  }
  return { store: Object.assign(store, { read: reading }), snapshots }
}

const requestOf = (sessionID: string, headers = {}): SessionRequest => ({ sessionID, headers }) as SessionRequest

describe('a session that this process has seen before', () => {
  let store: Store
  let snapshots: Snapshot[]
  let here: Keeper
  let elsewhere: Keeper
  let id: string
  let now = Date.now()

  beforeEach(async () => {
    ;({ store, snapshots } = watched(() => now))
    const process = () => new Keeper(new WebSessions(store, 'tenant', new Lifetime({})))
    here = process()
    elsewhere = process()
    id = randomBytes(8).toString('hex')
    await here.save(id, { cookie: { originalMaxAge: null }, a: 1, b: { deep: [1] } })
    snapshots.length = 0
  })

  async function load(keeper: Keeper): Promise<Loaded | undefined> {
    const session = new Session(requestOf(id)) as Loaded
    return (await keeper.fill(id, session)) ? session : undefined
  }

  const answered = (): string[] => snapshots.map(({ unchanged }) => (unchanged ? 'unchanged' : 'rows'))

  it('is told from its revision alone', async () => {
    const first = await load(here)
    const second = await load(here)
    expect([first?.a, second?.b]).toEqual([1, { deep: [1] }])
    expect(answered()).toEqual(['unchanged', 'unchanged'])
  })

  it('gives every request values of its own', async () => {
    const [first, second] = [(await load(here)) as Loaded, (await load(here)) as Loaded]
    Object.assign(first.b as object, { deep: [2] })
    expect(second.b).toEqual({ deep: [1] })
    expect([first, second].map((one) => here.changesOf(one).size > 0)).toEqual([true, false])
  })

  it('is read anew after another process has written it', async () => {
    await load(here)
    const there = (await load(elsewhere)) as Loaded
    there.a = 2
    await elsewhere.save(id, there)
    expect((await load(here))?.a).toBe(2)
    expect(answered()).toEqual(['unchanged', 'rows', 'rows'])
  })

  it('stays known over what this process writes, unless another came between', async () => {
    const [mine, theirs] = [(await load(here)) as Loaded, (await load(elsewhere)) as Loaded]
    mine.a = 2
    await here.save(id, mine)
    snapshots.length = 0
    expect((await load(here))?.a).toBe(2)
    theirs.c = 3
    await elsewhere.save(id, theirs)
    mine.b = 4
    await here.save(id, mine)
    const last = (await load(here)) as Loaded
    expect([last.a, last.b, last.c]).toEqual([2, 4, 3])
    expect(answered()).toEqual(['unchanged', 'rows'])
  })

  it('is gone after another process has destroyed it', async () => {
    const held = (await load(here)) as Loaded
    await elsewhere.web.drop(id)
    expect(await load(here)).toBeUndefined()
    held.a = 2
    await expect(here.save(id, held)).rejects.toMatchObject({ code: 'SESSION_GONE' })
    expect(await load(here)).toBeUndefined()
  })

  it('is gone when its time is over, though nothing was written', async () => {
    const short = new Keeper(new WebSessions(store, 'tenant', new Lifetime({ absolute: 1 })))
    now += 5
    expect(await load(short)).toBeUndefined()
    expect(await load(here)).toBeDefined()
  })

  it('shows values to whoever looks at it as a whole', async () => {
    const session = (await load(here)) as Loaded
    expect(inspect(session)).toContain('a: 1')
    expect(inspect(session)).not.toContain('Getter')
    expect(JSON.parse(JSON.stringify(await load(here)))).toMatchObject({ a: 1, b: { deep: [1] } })
    expect({ ...((await load(here)) as object) }).toMatchObject({ a: 1 })
    const frozen = Object.freeze((await load(here)) as Loaded)
    expect([frozen.a, frozen.a]).toEqual([1, 1])
  })

  it('knows what was set, removed and defined on it', async () => {
    const session = (await load(here)) as Loaded
    delete session.a
    Object.defineProperty(session, 'b', { value: 5, enumerable: true, configurable: true })
    session.c = 6
    await here.save(id, session)
    const back = (await load(elsewhere)) as Loaded
    expect(Object.keys(back).sort()).toEqual(['b', 'c', 'cookie'])
    expect([back.b, back.c]).toEqual([5, 6])
  })

  it('fails by a value that cannot be read when that is looked at', async () => {
    const value = new TextEncoder().encode('no JSON')
    await store.commit(partitionOf('tenant', hashOf(id)), { id: 'spoil', ops: [{ put: 'd/a', value }] })
    const session = (await load(here)) as Loaded
    expect(session.b).toEqual({ deep: [1] })
    expect(() => session.a).toThrow(expect.objectContaining({ code: 'VALUE_CORRUPT' }))
  })
})

describe('a cookie that was verified before', () => {
  const header = (id: string, secret: string) => ({ cookie: `other=1; sid=${encodeURIComponent(sign(id, secret))}` })

  it('is accepted again, and no longer once its secret is off the list', () => {
    const secrets = ['new', 'old']
    const cookies = new SessionCookies('sid', secrets)
    const req = requestOf('', header('an id', 'old'))
    expect([cookies.read(req), cookies.read(req)]).toEqual(['an id', 'an id'])
    secrets.pop()
    expect(cookies.read(req)).toBeUndefined()
  })

  it('is verified each time when its header is long, and never accepted when forged', () => {
    const cookies = new SessionCookies('sid', ['secret'])
    const long = { cookie: `${'x'.repeat(3_000)}=1; ${header('an id', 'secret').cookie}` }
    expect([cookies.read(requestOf('', long)), cookies.read(requestOf('', long))]).toEqual(['an id', 'an id'])
    const forged = requestOf('', header('an id', 'guess'))
    expect([cookies.read(forged), cookies.read(forged)]).toEqual([undefined, undefined])
  })
})
