import { SessionManager, type SessionState } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const numRuns = process.env.EVERTHREAD_SOAK ? 2_000 : 60
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const users = ['ada', 'bob']
const ids = ['a', 'b', 'c', 'd']
const id = fc.constantFrom(...ids)
const user = fc.constantFrom(...users)

type Step =
  | { do: 'create'; id: string; user: string; ttl: number | undefined }
  | { do: 'touch' | 'archive' | 'restore' | 'end' | 'delete'; id: string; user: string }
  | { do: 'wait'; ms: number }
  | { do: 'sweep' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), id, user, ttl: fc.constantFrom(undefined, 10 * MINUTE, HOUR) }),
  fc.record({ do: fc.constantFrom('touch', 'archive', 'restore', 'end', 'delete'), id, user }) as fc.Arbitrary<Step>,
  fc.record({
    do: fc.constant('wait' as const),
    ms: fc.constantFrom(MINUTE, 20 * MINUTE, 2 * HOUR, 5 * HOUR, 40 * DAY),
  }),
  fc.constant({ do: 'sweep' as const }),
)

interface Modelled {
  user: string
  ttl: number
  lastActive: number
  closed: 'archived' | 'expired' | undefined
  endedAt: number
}

/** What the words say, without a store. */
class Model {
  now: number = Date.UTC(2026, 0, 1)
  readonly sessions: Map<string, Modelled> = new Map()

  state(session: Modelled): SessionState | 'gone' {
    if (session.closed === 'archived') return 'archived'
    const expiresAt = session.closed === 'expired' ? session.endedAt : session.lastActive + session.ttl
    // The store may keep what is over for a day more, if no sweep comes; then it is still read as expired.
    if (this.now >= expiresAt + 31 * DAY) return 'gone'
    if (session.closed === 'expired' || this.now >= expiresAt) return 'expired'
    return this.now >= session.lastActive + 30 * MINUTE ? 'idle' : 'active'
  }

  /** As seen by a user. */
  find(session: string, by: string): Modelled | undefined {
    const found = this.sessions.get(session)
    return found && found.user === by && this.state(found) !== 'gone' ? found : undefined
  }
}

describe('the life of sessions', () => {
  it('is what the words say, whatever happens to them in whichever order, and every change of it is told once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const model = new Model()
        const clock = (): number => model.now
        const told: string[] = []
        const store = memoryStore({ clock })
        const onEvent = ({ type, sessionId }: { type: string; sessionId?: string }): void => {
          if (type !== 'denied') told.push(`${type} ${sessionId}`)
        }
        const managers = [1, 2].map(() => new SessionManager({ store, clock, onEvent }))
        let turn = 0
        for (const one of steps) {
          const sessions = managers[turn++ % 2] as SessionManager
          await apply(sessions, model, one, told)
          await compare(managers[turn % 2] as SessionManager, model)
        }
      }),
      { numRuns },
    )
  })
})

async function apply(sessions: SessionManager, model: Model, one: Step, told: string[]): Promise<void> {
  if (one.do === 'wait') {
    model.now += one.ms
    return
  }
  told.length = 0
  if (one.do === 'sweep') {
    await sessions.sweep()
    expect(new Set(told).size).toBe(told.length)
    for (const [name, session] of model.sessions) {
      const over = session.closed !== 'archived' && isOver(model, session)
      if (over) model.sessions.delete(name)
    }
    return
  }
  const handle = sessions.as({ userId: one.user })
  const session = model.find(one.id, one.user)
  if (one.do === 'create') {
    const taken = model.sessions.get(one.id)
    const free = !taken || model.state(taken) === 'gone'
    const made = handle.create({ id: one.id, ...(one.ttl === undefined ? {} : { ttl: one.ttl }) })
    if (!free) {
      await expect(made).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
      return
    }
    await made
    expect(told).toEqual([`created ${one.id}`])
    const ttl = one.ttl ?? 4 * HOUR
    model.sessions.set(one.id, { user: one.user, ttl, lastActive: model.now, closed: undefined, endedAt: 0 })
    return
  }
  const found = await handle.get(one.id)
  expect(found !== undefined).toBe(session !== undefined)
  if (!found || !session) return
  const before = model.state(session)
  if (one.do === 'delete') {
    expect(await found.delete()).toBe(true)
    expect(told).toEqual([`deleted ${one.id}`])
    model.sessions.delete(one.id)
  } else if (one.do === 'touch') {
    if (session.closed) {
      const code = session.closed === 'archived' ? 'SESSION_ARCHIVED' : 'SESSION_EXPIRED'
      await expect(found.refresh()).rejects.toMatchObject({ code })
    } else {
      await found.refresh()
      session.lastActive = model.now
    }
  } else if (one.do === 'restore') {
    await found.restore()
    expect(told).toEqual(before === 'active' ? [] : [`resumed ${one.id}`])
    if (before !== 'active') Object.assign(session, { closed: undefined, lastActive: model.now })
  } else {
    const to = one.do === 'archive' ? 'archived' : 'expired'
    await found.setState(to)
    expect(told).toEqual(before === to ? [] : [`${to} ${one.id}`])
    if (before !== to) Object.assign(session, { closed: to, endedAt: model.now })
  }
}

/** Over for so long that a sweep deletes it. */
function isOver(model: Model, session: Modelled): boolean {
  const expiresAt = session.closed === 'expired' ? session.endedAt : session.lastActive + session.ttl
  return model.now >= expiresAt + 30 * DAY
}

async function compare(sessions: SessionManager, model: Model): Promise<void> {
  for (const name of users) {
    const expected = [...model.sessions]
      .filter(([one]) => model.find(one, name))
      .map(([one, session]) => [one, model.state(session)])
      .sort()
    const handle = sessions.as({ userId: name })
    const { sessions: listed } = await handle.list()
    expect(listed.map((session) => [session.id, session.state]).sort()).toEqual(expected)
    const { total, averageDurationMs: _, ...byState } = await handle.stats()
    expect(total).toBe(expected.length)
    for (const [state, count] of Object.entries(byState)) {
      expect([state, count]).toEqual([state, expected.filter(([, of]) => of === state).length])
    }
  }
}
