import { type Session, SessionManager } from '@everthread/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, counted, nasty, nearly } from '../arbitraries/bad-input.ts'

/** For each method: more than 10,000 in all in a soak. */
const numRuns = process.env.EVERTHREAD_SOAK ? 400 : 25

const name = fc.constantFrom('main', 'side', 'a', 'b')
const ms = fc.constantFrom(1_000, 60_000)
const message = nearly({
  id: name,
  role: fc.constant('user'),
  parts: fc.oneof(fc.constant([{ type: 'text', content: 'x' }]), fc.array(nearly({ type: fc.constant('text') }))),
  createdAt: ms,
  metadata: fc.constant({ a: 1 }),
})
const messages = fc.oneof(message, fc.array(message, { maxLength: 3 }))
/** What a function of the caller's own throws is the caller's. */
const isNoFunction = (value: unknown): boolean => typeof value !== 'function'
const noFunction = nasty.filter(isNoFunction)
const change = fc.oneof(
  fc.constant(() => ({})),
  fc.constant(() => null),
  noFunction,
)
const limit = fc.constantFrom(1, 10)

/** Arguments that would nearly do, by the method. */
const methods: Record<string, fc.Arbitrary<unknown>[]> = {
  turn: [
    fc.oneof(
      fc.constant(() => 'done'),
      noFunction,
    ),
    nearly({ timeout: ms, commitId: name, onBusy: fc.constant('reject'), signal: noFunction, onRecover: noFunction }),
  ],
  turnRecord: [nasty],
  turnEvents: [nasty],
  'turns.running': [],
  'turns.interrupt': [nasty],
  lock: [nearly({ ttl: fc.constant(1), onBusy: fc.constant('reject'), signal: nasty })],
  update: [
    fc.oneof(
      change,
      nearly({ title: name, metadata: fc.constant({ a: 1 }), settings: fc.constant({}) }).filter(isNoFunction),
    ),
  ],
  status: [],
  reset: [nearly({ mode: fc.constantFrom('soft', 'hard') })],
  undo: [],
  compact: [nearly({ model: fc.constant(() => 'summary'), keepRecent: limit, timeout: ms })],
  compactIfDue: [nearly({ model: fc.constant(() => 'summary'), messages: limit, window: ms })],
  setState: [fc.oneof(fc.constantFrom('active', 'idle'), nasty)],
  refresh: [],
  export: [nearly({ format: fc.constantFrom('json', 'html') })],
  generateTitle: [fc.oneof(fc.constant(undefined), nasty)],
  share: [nearly({ scope: fc.constant('live'), expiresIn: ms, redact: fc.constant(true) })],
  observe: [
    nearly({ ip: fc.constant('10.0.0.1'), userAgent: name, deviceId: name }),
    nearly({ verified: fc.constant(true) }),
  ],
  'messages.append': [messages, nearly({ commitId: name, parent: name })],
  'messages.list': [nearly({ branch: name, before: name, after: name, limit, removed: fc.constant(true) })],
  'messages.get': [nasty],
  'messages.count': [],
  'data.get': [fc.oneof(name, nasty)],
  'data.set': [fc.oneof(name, nasty), nasty],
  'data.delete': [fc.oneof(name, nasty)],
  'data.update': [fc.oneof(name, nasty), change],
  'data.all': [],
  'branches.list': [],
  'branches.fork': [nearly({ from: name, name })],
  'branches.switch': [fc.oneof(name, nasty)],
  'branches.rename': [fc.oneof(name, nasty), fc.oneof(name, nasty)],
  'branches.delete': [fc.oneof(name, nasty)],
  'checkpoints.save': [nasty, nearly({ label: name, ttl: ms })],
  'checkpoints.latest': [],
  'checkpoints.get': [nasty],
  'checkpoints.list': [nearly({ limit, before: name, source: fc.constantFrom('core', 'langgraph') })],
  'checkpoints.delete': [nasty],
  'checkpoints.restore': [nasty],
  'context.build': [nearly({ budget: ms, dryRun: fc.constant(true) })],
  'context.messages': [],
  'context.diff': [nearly({})],
  'context.recall': [fc.oneof(fc.constantFrom('c.x', 'm.0-1', 'm.9-3'), nasty)],
  'context.inspect': [nearly({ window: ms, biggest: limit })],
  'context.compactions': [],
  'context.archived': [nasty],
  'tools.search': [nearly({ name, text: name, state: fc.constant('ok'), since: ms, limit })],
  'tools.reuse': [nearly({ name, ttlMs: ms, arguments: nasty })],
  'shares.list': [],
  'shares.revoke': [nasty],
}

describe('bad input to a session', () => {
  it.each(Object.entries(methods))('%s changes nothing and is refused with an error of ours', async (path, given) => {
    const { store, changes } = counted()
    const sessions = new SessionManager({ store })
    const session = await sessions.as({ userId: 'ada' }).create({ id: 'one' })
    await session.messages.append([
      { id: 'a', role: 'user', parts: [{ type: 'text', content: 'Hello' }] },
      { id: 'b', role: 'assistant', parts: [{ type: 'tool_call', id: 'c', name: 'search', arguments: {} }] },
    ])
    await session.branches.fork({ from: 'a', name: 'side' })
    const [part, inner] = path.split('.') as [keyof Session, string | undefined]
    const holder = (inner === undefined ? session : session[part]) as Record<string, (...args: unknown[]) => unknown>
    await fc.assert(
      fc.asyncProperty(fc.tuple(...given), async (args) => {
        const promise = holder[inner ?? part]?.(...args)
        expect(promise).toBeInstanceOf(Promise)
        await attempt(() => promise, changes)
      }),
      { numRuns: given.length === 0 ? 1 : numRuns },
    )
    expect(({} as Record<string, unknown>).admin).toBeUndefined()
    expect(await session.messages.list({ branch: 'main' }).catch((error) => error.code)).toBeDefined()
  })

  it('to the opening of links and to imports is refused, or gives nothing', async () => {
    const { store, changes } = counted()
    const handle = new SessionManager({ store }).asService()
    await fc.assert(
      fc.asyncProperty(nasty, async (given) => {
        const before = changes()
        expect(await handle.openShare(given as string)).toBeUndefined()
        expect(changes()).toBe(before)
        await expect(handle.import(given as string)).rejects.toMatchObject({ code: 'EXPORT_INVALID' })
      }),
      { numRuns },
    )
    expect(await handle.count()).toBe(0)
  })
})
