import { EverthreadError, LifecycleManager, SessionManager, type Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { value } from '../arbitraries/values.ts'

const numRuns = process.env.EVERTHREAD_SOAK ? 10_000 : 300

const cyclic: Record<string, unknown> = {}
cyclic.self = cyclic

/** What callers pass by mistake, or on purpose. */
const nasty: fc.Arbitrary<unknown> = fc.oneof(
  value,
  fc.constantFrom<unknown>(
    '',
    ' ',
    '__proto__',
    'a\0b',
    '\ud800',
    'x'.repeat(2_000),
    '.everthread/places/total',
    'a/../b',
  ),
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1.5, 2 ** 53, 1e300, -0),
  fc.constantFrom<unknown>(
    cyclic,
    Symbol('s'),
    () => 'f',
    class {},
    new Date(Number.NaN),
    Object.create(null),
    new Proxy({}, {}),
  ),
  fc.constant('x'.repeat(100_000)).map((text) => ({ text })),
  fc.constant(null).map(() => JSON.parse('{"__proto__": {"admin": true}}') as unknown),
)

/** An object that would do, but for some of its fields. */
const nearly = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 1, arbitrary: nasty },
    {
      weight: 3,
      arbitrary: fc.record(
        Object.fromEntries(Object.entries(fields).map(([name, good]) => [name, fc.oneof(good, nasty)])),
        { requiredKeys: [] },
      ),
    },
  )

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

interface Call {
  method: string
  args: unknown[]
}

const call = (method: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Call> =>
  fc.tuple(...args).map((given) => ({ method, args: given }))

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

/** A store that counts what is changed in it. */
function counted(): { store: Store; changes(): number } {
  let changes = 0
  const inner = memoryStore()
  const store: Store = {
    codec: inner.codec,
    read: (partition, reads) => inner.read(partition, reads),
    query: (tenant, query) => inner.query(tenant, query),
    watch: (partitions, signal) => inner.watch(partitions, signal),
    close: () => inner.close(),
    drop: async (partition) => {
      await inner.drop(partition)
      changes++
    },
    commit: async (partition, commit) => {
      const outcome = await inner.commit(partition, commit)
      if (outcome.ok) changes++
      return outcome
    },
  }
  return { store, changes: () => changes }
}

/** Fails for anything but a value, or an error of ours that has changed nothing. */
async function attempt(work: () => unknown, changes: () => number): Promise<void> {
  const before = changes()
  try {
    await work()
  } catch (error) {
    if (!EverthreadError.isInstance(error)) throw error
    expect(error.code).toMatch(/^[A-Z_]+$/)
    expect([error.code, changes() - before]).toEqual([error.code, 0])
  }
}

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
