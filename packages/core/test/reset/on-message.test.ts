import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import {
  type NeutralMessage,
  type Session,
  type SessionEvent,
  SessionManager,
  type SessionManagerOptions,
} from '../../src/index.ts'

const user = (content: string): NeutralMessage => ({ role: 'user', parts: [{ type: 'text', content }] })
const HOUR = 3_600_000

class Days {
  now = Date.UTC(2026, 2, 28, 20)
  readonly clock = (): number => this.now
  readonly store = memoryStore({ clock: this.clock })
  readonly events: SessionEvent[] = []

  manager(options: Partial<SessionManagerOptions> = {}): SessionManager {
    const onEvent = (event: SessionEvent): void => void this.events.push(event)
    return new SessionManager({ store: this.store, clock: this.clock, expiry: false, onEvent, ...options })
  }

  resets(): unknown[] {
    return this.events.filter(({ type }) => type === 'reset').map(({ detail }) => detail)
  }
}

const textsOf = async (session: Session) => (await session.messages.list()).map(({ parts }) => parts[0]?.content)

describe('a session that a scope names', () => {
  it('begins afresh with the first message after 4 UTC, and can go back', async () => {
    const days = new Days()
    const { session } = await days.manager().asService().getOrCreate({ agentId: 'helper' })
    await session.messages.append(user('in the evening'))
    await session.data.set('kept', 1)
    days.now += 9 * HOUR
    expect(await textsOf(session)).toEqual(['in the evening'])
    await session.messages.append(user('in the morning'))
    expect(await textsOf(session)).toEqual(['in the morning'])
    expect(await session.data.get('kept')).toBe(1)
    expect(days.resets()).toEqual([{ reason: 'daily', at: Date.UTC(2026, 2, 29, 4) }])
    await session.messages.append(user('later'))
    expect(await textsOf(session)).toEqual(['in the morning', 'later'])
    await session.undo()
    expect(await textsOf(session)).toEqual(['in the evening'])
  })

  it('begins afresh with a turn, before its work', async () => {
    const days = new Days()
    const { session } = await days.manager().asService().getOrCreate({ agentId: 'helper' })
    await session.messages.append(user('in the evening'))
    days.now += 9 * HOUR
    const seen = await session.turn(async (turn) => {
      turn.append(user('in the morning'))
      await turn.checkpoint()
      await session.messages.append(user('beside'))
      return (await turn.messages()).map(({ parts }) => parts[0]?.content)
    })
    expect(seen).toEqual(['in the morning', 'beside'])
    expect(days.resets()).toHaveLength(1)
  })

  it('begins afresh once, though two processes see that it is due', async () => {
    const days = new Days()
    const open = async () => (await days.manager().asService().getOrCreate({ agentId: 'helper' })).session
    const [a, b] = [await open(), await open()]
    await a.messages.append(user('in the evening'))
    await b.messages.append(user('at night'))
    days.now += 9 * HOUR
    await Promise.all([a.messages.append(user('from a')), b.messages.append(user('from b'))])
    expect((await textsOf(a)).sort()).toEqual(['from a', 'from b'])
    expect(days.resets()).toHaveLength(1)
  })

  it('is left alone by those who speak beside a turn that is under way', async () => {
    const days = new Days()
    const lease = { ttlMs: 12 * HOUR }
    const { session } = await days.manager({ lease }).asService().getOrCreate({ agentId: 'helper' })
    const other = (await days.manager().asService().getOrCreate({ agentId: 'helper' })).session
    await session.messages.append(user('in the evening'))
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const turn = session.turn(async () => {
      begun.resolve()
      await end.promise
      await session.messages.append(user('within'))
    })
    await begun.promise
    days.now += 9 * HOUR
    await other.messages.append(user('beside'))
    end.resolve()
    await turn
    expect(await textsOf(session)).toEqual(['in the evening', 'beside', 'within'])
    expect(days.resets()).toEqual([])
  })

  it('stays as it is with the policy off', async () => {
    const days = new Days()
    const { session } = await days
      .manager({ reset: { base: 'off' } })
      .asService()
      .getOrCreate({ agentId: 'helper' })
    await session.messages.append(user('one'))
    days.now += 48 * HOUR
    await session.messages.append(user('two'))
    expect(await textsOf(session)).toEqual(['one', 'two'])
  })
})

describe('another session', () => {
  it('never begins afresh by itself, without a policy', async () => {
    const days = new Days()
    const session = await days.manager().asService().create()
    await session.messages.append(user('one'))
    days.now += 48 * HOUR
    await session.messages.append(user('two'))
    expect(await textsOf(session)).toEqual(['one', 'two'])
  })

  it('does so by the policy of its channel, its kind, or all, whichever comes first', async () => {
    const days = new Days()
    const reset = {
      base: { idleMinutes: 60, daily: { hour: 22, timeZone: 'UTC' } },
      byKind: { task: 'off' as const },
      byChannel: { mail: { idleMinutes: 10 * 60 } },
    }
    const handle = days.manager({ reset }).asService()
    const [plain, task, mail] = await handle.createMany([{}, { kind: 'task' }, { kind: 'task', channel: 'mail' }])
    for (const session of [plain, task, mail]) await session?.messages.append(user('one'))
    days.now += 1.5 * HOUR
    for (const session of [plain, task, mail]) await session?.messages.append(user('two'))
    days.now += 0.75 * HOUR
    for (const session of [plain, task, mail]) await session?.messages.append(user('three'))
    days.now += 10 * HOUR
    for (const session of [plain, task, mail]) await session?.messages.append(user('four'))
    expect([await textsOf(plain as Session), await textsOf(task as Session), await textsOf(mail as Session)]).toEqual([
      ['four'],
      ['one', 'two', 'three', 'four'],
      ['four'],
    ])
    expect(days.resets()).toMatchObject([
      { reason: 'idle' },
      { reason: 'daily' },
      { reason: 'idle' },
      { reason: 'idle' },
    ])
  })

  it('that a framework made is left alone by any policy', async () => {
    const days = new Days()
    const session = days
      .manager({ reset: { base: { idleMinutes: 1 } } })
      .asService()
      .open('thread')
    await session.messages.append(user('one'))
    days.now += HOUR
    await session.messages.append(user('two'))
    expect(await textsOf(session)).toEqual(['one', 'two'])
  })
})

it('a manager is refused with a policy that is wrong', () => {
  const make = () => new Days().manager({ reset: { base: { daily: { hour: 25 } } } })
  expect(make).toThrow(expect.objectContaining({ code: 'RESET_INVALID' }))
})
