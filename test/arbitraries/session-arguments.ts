import fc from 'fast-check'
import { nasty, nearly } from './bad-input.ts'

const constant = <T>(...values: [T, ...T[]]): fc.Arbitrary<unknown> =>
  fc.oneof(fc.constantFrom<unknown>(...values), nasty)

const name = fc.constantFrom('main', 'side', 'a', 'b', 'ada', 'bob', 'guide', 'support')
const someName = fc.oneof(name, nasty)
const id = fc.oneof(fc.constantFrom('one', 'two', 'three', 'none'), nasty)
const ms = fc.constantFrom(1_000, 60_000)
const limit = fc.constantFrom(1, 10)
const yes = fc.constant(true)
const plain = fc.constant({ a: 1 })
/** What a function of the caller's own throws is the caller's. */
const noFunction = nasty.filter((value) => typeof value !== 'function')
const callback = fc.oneof(
  fc.constant(() => undefined),
  noFunction,
)
const model = fc.constant(async () => 'Summary')

const expiry = nearly({ idleMs: ms, expireMs: ms, keepMs: ms, maxAgeMs: ms })
const named = { userId: name, agentId: name, kind: name, channel: name, deviceId: name, title: name }
const init = nearly({ ...named, id, metadata: plain, settings: plain, template: name, expiry, ttl: ms })
const filter = { userId: name, agentId: name, state: fc.constantFrom('active', 'idle'), kind: name, activeSince: ms }
const scope = nearly({ agentId: name, channel: name, accountId: name, peerId: name, groupId: name, threadId: name })

const message = nearly({
  id: name,
  role: fc.constant('user'),
  name,
  parts: fc.oneof(fc.constant([{ type: 'text', content: 'x' }]), fc.array(nearly({ type: fc.constant('text') }))),
  createdAt: ms,
  metadata: plain,
  native: plain,
})
const messages = fc.oneof(message, fc.array(message, { maxLength: 3 }))
const change = fc.oneof(
  fc.constant(() => ({})),
  fc.constant(() => null),
  noFunction,
)
const compaction = {
  model,
  instructions: name,
  keepRecent: limit,
  reason: name,
  window: ms,
  maxSummaryTokens: ms,
  tokenCounter: fc.constant(undefined),
  timeout: ms,
  signal: fc.constant(undefined),
}
const build = {
  policy: fc.constant([]),
  budget: fc.oneof(ms, nearly({ tokens: ms, window: ms })),
  window: ms,
  tokenCounter: fc.constant(undefined),
  provider: fc.constantFrom('any', 'openai'),
  now: ms,
  pinned: fc.oneof(fc.constant([]), fc.array(someName, { maxLength: 2 })),
  tools: nearly({ search: fc.constant('always') }),
  replan: nearly({ expectedTurns: limit, headroom: fc.constant(0.25) }),
  dryRun: yes,
}
const share = nearly({
  scope: fc.oneof(fc.constantFrom('live', 'snapshot'), nearly({ branch: name, upTo: name })),
  expiresIn: ms,
  redact: fc.oneof(yes, fc.array(someName, { maxLength: 2 })),
})

const handle = {
  create: [init],
  get: [id],
  getOrCreate: [fc.oneof(id, scope), init],
  import: [noFunction, nearly({ id })],
  exists: [id],
  list: [nearly({ ...filter, limit, cursor: name })],
  count: [nearly(filter)],
  delete: [id],
  deleteMany: [fc.oneof(fc.array(id, { maxLength: 3 }), nasty)],
  createMany: [fc.oneof(fc.array(init, { maxLength: 3 }), nasty)],
  deleteByUser: [someName],
  deleteByAgent: [someName],
  restoreLatest: [init],
  stats: [],
  analytics: [nearly({ from: ms, to: ms, groupBy: fc.constantFrom('day', 'user') })],
}

/** What would nearly do, argument by argument, for each method of each object that callers get hold of. */
export const argumentsOf: Record<string, Record<string, fc.Arbitrary<unknown>[]>> = {
  manager: {
    as: [nearly({ userId: name, roles: fc.constant(['admin']) })],
    asService: [someName],
    sweep: [],
    close: [],
    'Symbol(Symbol.asyncDispose)': [],
  },
  user: handle,
  service: { ...handle, open: [id], openShare: [nasty] },
  session: {
    turn: [
      fc.oneof(
        fc.constant(() => 'done'),
        noFunction,
      ),
      nearly({
        timeout: ms,
        commitId: name,
        onBusy: fc.constant('reject'),
        priority: fc.constant('high'),
        signal: noFunction,
        onRecover: noFunction,
      }),
    ],
    update: [
      fc.oneof(
        change,
        nearly({ ...named, metadata: plain, settings: plain }).filter((value) => typeof value !== 'function'),
      ),
    ],
    status: [],
    reset: [nearly({ mode: fc.constantFrom('soft', 'hard') })],
    undo: [],
    compact: [nearly(compaction)],
    compactIfDue: [nearly({ ...compaction, when: nearly({ messages: limit, window: fc.constant(0.5), everyMs: ms }) })],
    settled: [],
    turnRecord: [nasty],
    turnEvents: [nasty],
    lock: [nearly({ ttl: fc.constant(1), onBusy: fc.constant('reject'), signal: nasty })],
    export: [nearly({ format: fc.constantFrom('json', 'html') })],
    exportStream: [nearly({ format: fc.constantFrom('jsonl', 'markdown') })],
    share: [share],
    generateTitle: [fc.oneof(fc.constant(undefined), nasty)],
    setState: [constant('active', 'idle', 'archived', 'expired')],
    archive: [],
    restore: [],
    refresh: [],
    delete: [],
    observe: [nearly({ ip: fc.constant('10.0.0.1'), userAgent: name, deviceId: name }), nearly({ verified: yes })],
  },
  messages: {
    append: [messages, nearly({ commitId: name, parent: name })],
    list: [nearly({ branch: name, before: name, after: name, limit, removed: yes })],
    get: [someName],
    count: [],
    stream: [nearly({ branch: name })],
  },
  data: { get: [someName], all: [], set: [someName, nasty], delete: [someName], update: [someName, change] },
  branches: {
    list: [],
    fork: [nearly({ from: name, name })],
    switch: [someName],
    rename: [someName, someName],
    delete: [someName],
  },
  checkpoints: {
    save: [nasty, nearly({ label: name, ttl: ms })],
    latest: [],
    get: [nasty],
    list: [nearly({ limit, before: name, source: fc.constantFrom('core', 'langgraph') })],
    delete: [nasty],
    clear: [],
    restore: [nasty],
  },
  tools: {
    search: [nearly({ name, text: name, state: fc.constant('ok'), since: ms, limit })],
    reuse: [nearly({ name, ttlMs: ms, arguments: nasty })],
  },
  shares: { create: [share], list: [], revoke: [nasty] },
  context: {
    build: [nearly(build)],
    buildView: [nearly(build)],
    buildFrom: [fc.oneof(fc.array(message, { maxLength: 3 }), nasty), nearly({ ...build, lens: noFunction })],
    messages: [],
    diff: [nearly({ tokenCounter: fc.constant(undefined) })],
    undo: [],
    recall: [constant('c.x', 'm.0-1', 'm.9-3')],
    inspect: [nearly({ ...build, instructions: name, tools: nasty, biggest: limit })],
    compactions: [],
    archived: [nasty],
  },
  turns: { running: [], follow: [nasty, nearly({ after: limit, signal: noFunction })], interrupt: [nasty] },
  lifecycle: {
    on: [constant('created', 'idle'), callback],
    start: [],
    stop: [],
    sweep: [],
    relieve: [],
    'Symbol(Symbol.asyncDispose)': [],
  },
  shared: { messages: [], export: [nearly({ format: fc.constantFrom('html', 'markdown') })] },
  lock: { extend: [constant(1, 1_000)], release: [], 'Symbol(Symbol.asyncDispose)': [] },
}

/** Of what the work of a turn calls. */
export const turnCalls: fc.Arbitrary<{ on: 'turn' | 'data'; method: string; args: unknown[] }> = fc.oneof(
  ...Object.entries({
    append: [message, message],
    emit: [nasty],
    send: [nasty, nasty],
    spent: [nearly({ tokens: limit, money: limit })],
    branch: [someName],
    checkpoint: [],
    messages: [],
  }).map(([method, args]) =>
    fc.record({ on: fc.constant('turn' as const), method: fc.constant(method), args: fc.tuple(...args) }),
  ),
  ...Object.entries({ get: [someName], set: [someName, nasty] }).map(([method, args]) =>
    fc.record({ on: fc.constant('data' as const), method: fc.constant(method), args: fc.tuple(...args) }),
  ),
)

export const managerOptions = (store: unknown): fc.Arbitrary<unknown> =>
  nearly({
    store: fc.constant(store),
    tenant: name,
    lease: nearly({ ttlMs: ms }),
    cache: nearly({ sessions: limit, bytes: limit }),
    limits: nearly({ perUser: limit, total: nearly({ max: limit, onLimit: fc.constant('reject') }) }),
    keys: nearly({ direct: fc.constant('per-peer'), mainKey: name }),
    templates: nearly({ chat: nearly({ systemPrompt: name }) }),
    reset: nearly({ base: nearly({ idleMinutes: limit, daily: nearly({ hour: limit }) }), byKind: plain }),
    checkpoints: nearly({ everyTurns: limit }),
    compaction: nearly(compaction),
    titles: nearly({ maxLength: limit, timeoutMs: ms, model }),
    expiry,
    onEvent: callback,
    clock: fc.constant(Date.now),
    ids: fc.constant(() => 'id'),
  })

export const lifecycleOptions = (sessions: unknown): fc.Arbitrary<unknown> =>
  nearly({
    sessions: fc.constant(sessions),
    sweepEveryMs: ms,
    limits: nearly({ perUser: limit }),
    memory: nearly({ share: fc.constant(0.5), archives: yes, everyMs: ms, gauge: fc.constant(() => 0) }),
    anomaly: nearly({ policy: fc.constant('allow'), suddenMs: ms }),
    onEvent: callback,
    onError: callback,
  })
