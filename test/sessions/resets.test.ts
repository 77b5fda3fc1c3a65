import type { Session, SessionManagerOptions } from '@everthread/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { HOUR, Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf as texts, user } from './talk.ts'

const textsOf = async (session: Session) => texts(await session.messages.list())

describe.each(subjects)('a session on $name', (subject) => {
  const scene = Scene.on(subject)
  const manager = (options: Partial<SessionManagerOptions> = {}) => scene.manager({ expiry: false, ...options })
  const resets = (): unknown[] => scene.events.filter(({ type }) => type === 'reset').map(({ detail }) => detail)
  beforeEach(() => {
    scene.now = Date.UTC(2026, 2, 28, 20)
  })

  describe('that a scope names', () => {
    it('begins afresh with the first message after 4 UTC, and can go back', async () => {
      const { session } = await manager().asService().getOrCreate({ agentId: 'helper' })
      await session.messages.append(user('in the evening'))
      await session.data.set('kept', 1)
      scene.now += 9 * HOUR
      expect(await textsOf(session)).toEqual(['in the evening'])
      await session.messages.append(user('in the morning'))
      expect(await textsOf(session)).toEqual(['in the morning'])
      expect(await session.data.get('kept')).toBe(1)
      expect(resets()).toEqual([{ reason: 'daily', at: Date.UTC(2026, 2, 29, 4) }])
      await session.messages.append(user('later'))
      expect(await textsOf(session)).toEqual(['in the morning', 'later'])
      await session.undo()
      expect(await textsOf(session)).toEqual(['in the evening'])
    })

    it('begins afresh with a turn, before its work', async () => {
      const { session } = await manager().asService().getOrCreate({ agentId: 'helper' })
      await session.messages.append(user('in the evening'))
      scene.now += 9 * HOUR
      const seen = await session.turn(async (turn) => {
        turn.append(user('in the morning'))
        await turn.checkpoint()
        await session.messages.append(user('beside'))
        return (await turn.messages()).map(({ parts }) => parts[0]?.content)
      })
      expect(seen).toEqual(['in the morning', 'beside'])
      expect(resets()).toHaveLength(1)
    })

    it('begins afresh once, though two processes see that it is due', async () => {
      const open = async () => (await manager().asService().getOrCreate({ agentId: 'helper' })).session
      const [a, b] = [await open(), await open()]
      await a.messages.append(user('in the evening'))
      await b.messages.append(user('at night'))
      scene.now += 9 * HOUR
      await Promise.all([a.messages.append(user('from a')), b.messages.append(user('from b'))])
      expect((await textsOf(a)).sort()).toEqual(['from a', 'from b'])
      expect(resets()).toHaveLength(1)
    })

    it('is left alone by those who speak beside a turn that is under way', async () => {
      const lease = { ttlMs: 12 * HOUR }
      const { session } = await manager({ lease }).asService().getOrCreate({ agentId: 'helper' })
      const other = (await manager().asService().getOrCreate({ agentId: 'helper' })).session
      await session.messages.append(user('in the evening'))
      const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const turn = session.turn(async () => {
        begun.resolve()
        await end.promise
        await session.messages.append(user('within'))
      })
      await begun.promise
      scene.now += 9 * HOUR
      await other.messages.append(user('beside'))
      end.resolve()
      await turn
      expect(await textsOf(session)).toEqual(['in the evening', 'beside', 'within'])
      expect(resets()).toEqual([])
    })

    it('stays as it is with the policy off', async () => {
      const { session } = await manager({ reset: { base: 'off' } })
        .asService()
        .getOrCreate({ agentId: 'helper' })
      await session.messages.append(user('one'))
      scene.now += 48 * HOUR
      await session.messages.append(user('two'))
      expect(await textsOf(session)).toEqual(['one', 'two'])
    })
  })

  describe('of another kind', () => {
    it('never begins afresh by itself, without a policy', async () => {
      const session = await manager().asService().create()
      await session.messages.append(user('one'))
      scene.now += 48 * HOUR
      await session.messages.append(user('two'))
      expect(await textsOf(session)).toEqual(['one', 'two'])
    })

    it('does so by the policy of its channel, its kind, or all, whichever comes first', async () => {
      const reset = {
        base: { idleMinutes: 60, daily: { hour: 22, timeZone: 'UTC' } },
        byKind: { task: 'off' as const },
        byChannel: { mail: { idleMinutes: 10 * 60 } },
      }
      const handle = manager({ reset }).asService()
      const [plain, task, mail] = await handle.createMany([{}, { kind: 'task' }, { kind: 'task', channel: 'mail' }])
      for (const session of [plain, task, mail]) await session?.messages.append(user('one'))
      scene.now += 1.5 * HOUR
      for (const session of [plain, task, mail]) await session?.messages.append(user('two'))
      scene.now += 0.75 * HOUR
      for (const session of [plain, task, mail]) await session?.messages.append(user('three'))
      scene.now += 10 * HOUR
      for (const session of [plain, task, mail]) await session?.messages.append(user('four'))
      expect([await textsOf(plain as Session), await textsOf(task as Session), await textsOf(mail as Session)]).toEqual(
        [['four'], ['one', 'two', 'three', 'four'], ['four']],
      )
      expect(resets()).toMatchObject([{ reason: 'idle' }, { reason: 'daily' }, { reason: 'idle' }, { reason: 'idle' }])
    })

    it('that a framework made is left alone by any policy', async () => {
      const session = manager({ reset: { base: { idleMinutes: 1 } } })
        .asService()
        .open('thread')
      await session.messages.append(user('one'))
      scene.now += HOUR
      await session.messages.append(user('two'))
      expect(await textsOf(session)).toEqual(['one', 'two'])
    })
  })

  it('is of no manager with a policy that is wrong', () => {
    const make = () => manager({ reset: { base: { daily: { hour: 25 } } } })
    expect(make).toThrow(expect.objectContaining({ code: 'RESET_INVALID' }))
  })
})
