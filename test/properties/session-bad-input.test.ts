import { LifecycleManager, SessionManager } from '@everthread/core'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { attempt, call, counted, nasty, nearly } from '../arbitraries/bad-input.ts'

const numRuns = process.env.EVERTHREAD_SOAK ? 10_000 : 300

const name = fc.constantFrom('ada', 'bob', 'guide', 'chat')
const id = fc.oneof(fc.constantFrom('one', 'two', 'three', 'none'), nasty)
const ms = fc.constantFrom(1_000, 60_000)
const expiry = nearly({ idleMs: ms, expireMs: ms, keepMs: ms, maxAgeMs: ms })
const init = nearly({
  userId: name,
  agentId: name,
  kind: name,
  channel: name,
  deviceId: name,
  title: name,
  metadata: fc.constant({ a: 1 }),
  settings: fc.constant({ a: 1 }),
  template: name,
  expiry,
  ttl: ms,
})
const filter = { userId: name, agentId: name, state: fc.constantFrom('active', 'idle'), kind: name, activeSince: ms }
const list = nearly({ ...filter, limit: fc.constantFrom(1, 10), cursor: name })
const scope = nearly({ agentId: name, channel: name, peerId: name, groupId: name, threadId: name })

const onHandle = fc.oneof(
  call('create', init),
  call('get', id),
  call('getOrCreate', fc.oneof(id, scope), init),
  call('createMany', fc.oneof(fc.array(init, { maxLength: 3 }), nasty)),
  call('exists', id),
  call('list', list),
  call('count', nearly(filter)),
  call('delete', id),
  call('deleteMany', fc.oneof(fc.array(id, { maxLength: 3 }), nasty)),
  call('deleteByUser', fc.oneof(name, nasty)),
  call('deleteByAgent', fc.oneof(name, nasty)),
  call('restoreLatest', init),
  call('stats'),
  call('analytics', nearly({ from: ms, to: ms, groupBy: fc.constantFrom('day', 'user') })),
)

describe('bad input', () => {
  let sessions: SessionManager
  let changes: () => number

  beforeEach(async () => {
    const made = counted()
    changes = made.changes
    sessions = new SessionManager({ store: made.store, templates: { chat: { systemPrompt: 'Be brief.' } } })
    await sessions.as({ userId: 'ada' }).create({ id: 'one', agentId: 'guide' })
    await sessions.as({ userId: 'bob' }).create({ id: 'two' })
  })

  it.each(['a user', 'a service'])(
    'to the handle of %s changes nothing and is refused with an error of ours',
    async (who) => {
      await fc.assert(
        fc.asyncProperty(onHandle, async ({ method, args }) => {
          const handle = who === 'a user' ? sessions.as({ userId: 'ada' }) : sessions.asService()
          const methods = handle as unknown as Record<string, (...args: unknown[]) => unknown>
          const promise = methods[method]?.(...args)
          expect(promise).toBeInstanceOf(Promise)
          await attempt(() => promise, changes)
        }),
        { numRuns },
      )
      if (who === 'a user') expect(await sessions.asService().exists('two')).toBe(true)
      expect(({} as Record<string, unknown>).admin).toBeUndefined()
    },
  )

  it('to the session manager is refused with an error of ours', async () => {
    const { store } = counted()
    const options = nearly({
      store: fc.constant(store),
      tenant: name,
      lease: nearly({ ttlMs: ms }),
      cache: nearly({ sessions: fc.constant(5), bytes: fc.constant(5) }),
      limits: nearly({ perUser: fc.constant(5), total: nearly({ max: fc.constant(5) }) }),
      keys: nearly({ direct: fc.constant('per-peer'), mainKey: name }),
      templates: nearly({ chat: nearly({ systemPrompt: name }) }),
      expiry,
      onEvent: fc.constant(() => undefined),
      clock: fc.constant(Date.now),
      ids: fc.constant(() => 'id'),
    })
    const action = fc.oneof(call('as', nearly({ userId: name, roles: fc.constant([]) })), call('asService', nasty))
    await fc.assert(
      fc.asyncProperty(options, action, async (given, { method, args }) => {
        await attempt(
          () => new SessionManager(given as never),
          () => 0,
        )
        const methods = sessions as unknown as Record<string, (...args: unknown[]) => unknown>
        await attempt(() => methods[method]?.(...args), changes)
      }),
      { numRuns },
    )
  })

  it('to the lifecycle manager is refused with an error of ours', async () => {
    const options = nearly({
      sessions: fc.constant(null).map(() => sessions),
      sweepEveryMs: ms,
      limits: nearly({ perUser: fc.constant(5) }),
      memory: nearly({ share: fc.constant(0.5), everyMs: ms, gauge: fc.constant(() => 0) }),
      anomaly: nearly({ policy: fc.constant('allow'), suddenMs: ms }),
      onEvent: fc.constant(() => undefined),
      onError: fc.constant(() => undefined),
    })
    const lifecycle = new LifecycleManager({ sessions })
    const types = fc.constantFrom('created', 'idle')
    const handlers = fc.constant(() => undefined)
    await fc.assert(
      fc.asyncProperty(options, fc.oneof(types, nasty), fc.oneof(handlers, nasty), async (given, type, handler) => {
        await attempt(
          () => new LifecycleManager(given as never),
          () => 0,
        )
        await attempt(() => lifecycle.on(type as never, handler as never)(), changes)
        await attempt(() => lifecycle.sweep(), changes)
        await attempt(() => lifecycle.relieve(), changes)
      }),
      { numRuns },
    )
    await lifecycle.stop()
  })
})
