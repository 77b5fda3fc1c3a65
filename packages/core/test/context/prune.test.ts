import { describe, expect, it } from 'vitest'
import {
  cacheAware,
  clearToolResults,
  dedupeToolResults,
  dropReasoning,
  dropSuperseded,
  fitTokens,
  keepLastMessages,
  keepLastTurns,
  type OpenclawOptions,
  openclawDefaults,
  type PruneOptions,
  prune,
  recall,
  recallTool,
  recommended,
  relevance,
  summariseToolCalls,
  trimToolResults,
} from '../../src/context/index.ts'
import { neutralLens } from '../../src/context/lenses/neutral.ts'
import type { NeutralMessage } from '../../src/index.ts'
import { assistant, calls, counter, result, step, system, texts, thought, user } from './conversation.ts'

type Options = PruneOptions<NeutralMessage>
const big = 'x'.repeat(400)

describe('prune without anything asked', () => {
  it('makes the history legal for everyone, and leaves good messages alone', () => {
    const good = [system('s'), user('q'), ...step('a', 'x'), assistant('done')]
    const { messages, receipt, plan } = prune(good)
    expect(messages).toEqual(good)
    expect(messages.every((message, i) => message === good[i])).toBe(true)
    expect(plan.edits).toEqual([])
    expect(receipt).toMatchObject({ fits: true, edits: [], handles: [] })
    expect(texts(prune([assistant('hello')]).messages)).toEqual(['(The conversation starts here.)', 'hello'])
    expect(prune([]).messages).toEqual([])
  })
})

describe('the budget', () => {
  const options: Options = { tokenCounter: counter, provider: 'openai' }

  it('cuts what policies left above it, the oldest first', () => {
    const talk = [system('s'), user('old'.repeat(50)), assistant('b'), user('new'), ...step('a', 'x')]
    const { messages, receipt } = prune(talk, { ...options, budget: 60 })
    expect(texts(messages)).toEqual(['s', 'new', 'call find', 'x'])
    expect(receipt.fits).toBe(true)
    expect(receipt.byPolicy.budget).toEqual({ edits: 1, saved: 159 })
  })

  it('cuts even the newest result, rather than not hold', () => {
    const { messages, receipt } = prune([user('q'), ...step('a', 'x'.repeat(5_000))], { ...options, budget: 300 })
    expect(receipt.fits).toBe(true)
    expect(texts(messages)[2]).toMatch(/^x+\n\.\.\.\nx+\n\[Trimmed/)
    const tiny = prune([user('q'), ...step('a', 'x'.repeat(5_000))], { ...options, budget: 70 })
    expect(texts(tiny.messages)[2]).toMatch(/^\[Content cleared\] Recall/)
  })

  it('says what could not be cut, when it cannot hold', () => {
    const { receipt } = prune([system('s'.repeat(500)), user('q'.repeat(90))], { ...options, budget: 100 })
    expect(receipt.fits).toBe(false)
    expect(receipt.why).toBe('What may not be cut is larger than the budget, in tokens: system 504, task 94')
  })

  it('may be an object with the window', () => {
    const policy = clearToolResults({ keepLast: 0, above: 0.5 })
    const talk = [user('q'), ...step('a', big), user('r')]
    const budget = { tokens: 5_000, window: 500 }
    expect(texts(prune(talk, { ...options, policy, budget }).messages)[2]).toMatch(/^\[Content cleared\]/)
  })

  it('below what is pinned is refused', () => {
    const pinned = user('p'.repeat(200))
    expect(() => prune([pinned, user('q')], { ...options, budget: 100, pinned: [pinned.id as string] })).toThrow(
      expect.objectContaining({ code: 'BUDGET_TOO_SMALL', message: expect.stringContaining('204') }),
    )
  })
})

describe('what is pinned', () => {
  const keep = user('keep me')
  const talk = [keep, assistant('a'), ...step('x', big), user('c'), assistant('d'), user('e')]
  const policy = [keepLastTurns(1), clearToolResults({ keepLast: 0 })]

  it.each<[string, Options['pinned']]>([
    ['ids', [keep.id as string]],
    ['places', [0]],
    ['a test', (message) => message === keep],
  ])('by %s stays', (_, pinned) => {
    expect(texts(prune(talk, { policy, pinned: pinned ?? [], provider: 'openai' }).messages)).toEqual(['keep me', 'e'])
  })

  it('keeps its results whole, and its calls with them', () => {
    expect(texts(prune(talk, { policy, pinned: [3], provider: 'openai' }).messages)).toEqual(['call find', big, 'e'])
  })

  it('keeps approvals that nobody has answered', () => {
    const waiting = [
      user('pay'),
      calls({ id: 'p', name: 'pay', approval: {} }),
      user('well?'),
      assistant('x'),
      user('y'),
    ]
    const { messages } = prune(waiting, { policy: keepLastTurns(1), provider: 'openai' })
    expect(texts(messages)).toEqual(['call pay', expect.stringContaining('interrupted'), 'y'])
  })
})

describe('signed reasoning', () => {
  it('of past turns goes for Anthropic once something before it changed, and stays for others', () => {
    const signed = thought('hm', { signature: 's' })
    const talk = [user('a'), ...step('x', big), assistant('b', signed), user('c'), assistant('d', signed)]
    const policy = clearToolResults({ keepLast: 0 })
    expect(texts(prune(talk, { policy, provider: 'anthropic' }).messages).slice(3)).toEqual(['b', 'c', 'hm+d'])
    expect(texts(prune(talk, { policy, provider: 'gemini' }).messages).slice(3)).toEqual(['hm+b', 'c', 'hm+d'])
    expect(texts(prune(talk, { provider: 'anthropic' }).messages)).toEqual(texts(talk))
    const sealed = talk.map((message, i) =>
      i === 3 ? assistant('b', thought('hm', { encrypted_content: 'e' })) : message,
    )
    expect(texts(prune(sealed, { policy, provider: 'any' }).messages)[3]).toBe('hm+b')
  })
})

describe('the receipt', () => {
  it('counts before and after, by role, tool and policy, and names every handle', () => {
    const talk = [user('q'), ...step('a', big), ...step('b', 'y', { name: 'pay' }), user('r')]
    const policy = clearToolResults({ keepLast: 0 })
    const { receipt } = prune(talk, { policy, tokenCounter: counter, provider: 'openai' })
    const [handle = ''] = receipt.handles
    const left = `[Content cleared] Recall: ${handle}`.length
    const saved = 400 - left
    expect(receipt.tokens.before - receipt.tokens.after).toBe(saved)
    expect(receipt.byRole.tool).toEqual({ before: 4 + 400 + 4 + 1, after: 4 + left + 4 + 1 })
    expect(receipt.byTool.find).toEqual({ before: 406, after: left + 6 })
    expect(receipt.byTool.pay).toEqual({ before: 6, after: 6 })
    expect(receipt.byPolicy).toEqual({ clearToolResults: { edits: 1, saved } })
    expect(receipt.edits).toMatchObject([
      { op: 'change', at: 2, parts: [{ policy: 'clearToolResults', reason: 'An old result', handle }] },
    ])
    expect(receipt.messages).toEqual({ before: 6, after: 6 })
  })

  it('finds the tool of a result that does not name it, whatever its name', () => {
    const call = calls({ id: 'a', name: '__proto__' })
    const { name: _, ...unnamed } = result('a', 'xyz')
    const { receipt } = prune([user('q'), call, unnamed], { tokenCounter: counter })
    expect(Object.entries(receipt.byTool)).toEqual([['__proto__', { before: 14, after: 14 }]])
    const orphan = prune([user('q'), unnamed], { tokenCounter: counter }).receipt
    expect(orphan.byTool).toEqual({ unknown: { before: 3, after: 0 } })
  })
})

describe('recall', () => {
  const talk = [
    user('q'),
    ...step('a', big),
    ...step('b', { deep: [big] }),
    assistant('done', thought('hm')),
    user('r'),
  ]

  it('gives back every cleared result, thought and message', () => {
    const policy = [clearToolResults({ keepLast: 0 }), dropReasoning()]
    const { receipt } = prune(talk, { policy, provider: 'openai' })
    const back = receipt.handles.map((handle) => recall(handle, { messages: talk }))
    expect(back.map(({ text }) => text)).toEqual([big, JSON.stringify({ deep: [big] }), 'hm'])
    expect(back[0]).toMatchObject({ tool: 'find', callId: 'a', part: 0, messages: [talk[2]] })
    const gone = prune(talk, { policy: keepLastTurns(1), provider: 'openai' }).receipt.handles
    expect(gone).toHaveLength(1)
    expect(recall(gone[0] as string, { messages: talk }).messages).toEqual(talk.slice(0, 6))
  })

  it('gives the whole result after a trim and a clear of the same', () => {
    const policy = [trimToolResults({ maxChars: 300, head: 100, tail: 100 }), clearToolResults({ keepLast: 0 })]
    const { receipt, messages } = prune(talk, { policy, provider: 'openai' })
    expect(recall(receipt.handles[0] as string, { messages: talk, lens: neutralLens }).text).toBe(big)
    expect(texts(messages)[2]).toContain(receipt.handles[0])
  })

  it.each(['r.unknown', 'm.5-99', 'm.3-3', '', 7 as unknown as string])('refuses the handle %s', (handle) => {
    expect(() => recall(handle, { messages: talk })).toThrow(expect.objectContaining({ code: 'HANDLE_UNKNOWN' }))
  })

  it('is offered to a model as a tool', () => {
    expect(recallTool()).toMatchObject({ name: 'recall', parameters: { required: ['handle'] } })
  })
})

describe('openclawDefaults', () => {
  const spoken = { createdAt: 0 }
  /** Results of 12,000 characters, four times in front of the three that stay. */
  const session = (each: number, count = 7) => [
    user('q'),
    ...Array.from({ length: count }, (_, i) => step(`c${i}`, `${i}`.repeat(each))).flat(),
    { ...assistant('done'), ...spoken },
    user('next'),
  ]
  const run = (messages: NeutralMessage[], window: number, options: OpenclawOptions = {}, now = 300_001) => {
    const tokenCounter = (text: string) => Math.ceil(text.length / 4)
    return texts(
      prune(messages, { policy: openclawDefaults(options), window, now, tokenCounter, provider: 'openai' }).messages,
    )
  }
  const count = (seen: string[], mark: string) => seen.filter((text) => text.includes(mark)).length

  it('waits until the cache has expired: five minutes', () => {
    expect(count(run(session(12_000), 40_000, {}, 300_000), 'Recall')).toBe(0)
    expect(count(run(session(12_000), 40_000, { mode: 'always' }, 0), 'Recall')).toBeGreaterThan(0)
    expect(count(run(session(12_000), 40_000, { mode: 'off' }), 'Recall')).toBe(0)
    expect(count(run(session(12_000), 40_000, { ttl: 1_000 }, 1_001), 'Recall')).toBeGreaterThan(0)
  })

  it('above 0.3 of the window trims results over 4,000 characters to 1,500 and 1,500, but for the last three assistants', () => {
    const seen = run(session(12_000), 40_000)
    // The answer is the newest assistant message, so the results of two calls before it stay.
    expect(count(seen, '\n...\n')).toBe(5)
    expect(seen[2]).toMatch(/^0{1500}\n\.\.\.\n0{1500}\n/)
    expect(count(run(session(12_000), 80_000), '\n...\n')).toBe(0)
    expect(count(run(session(4_000), 10_000), '\n...\n')).toBe(0)
    expect(run(session(12_000), 40_000, { keep: 'share' })[2]).toMatch(/^0{1800}\n\.\.\.\n0{1800}\n/)
  })

  it('above 0.5 of the window clears the oldest, when at least 50,000 characters can go', () => {
    const many = session(4_000, 20)
    const seen = run(many, 30_000)
    expect(seen[2]).toMatch(/^\[Content cleared\] Recall: r\.\w+$/)
    // 20 results of 1,000 tokens: it clears until 15,000 are left.
    expect(count(seen, '[Content cleared]')).toBe(6)
    expect(count(run(session(4_000, 14), 10_000), '[Content cleared]')).toBe(0)
    expect(count(run(session(4_000, 14), 10_000, { minToolChars: 40_000 }), '[Content cleared]')).toBeGreaterThan(0)
    expect(count(run(many, 30_000, { hardClear: false }), '[Content cleared]')).toBe(0)
    expect(count(run(many, 30_000, { placeholder: '[old]' }), '[old] Recall')).toBe(6)
  })

  it('allows and denies by tool', () => {
    expect(count(run(session(12_000), 40_000, { deny: ['f*'] }), 'Recall')).toBe(0)
    expect(count(run(session(12_000), 40_000, { allow: ['grep'] }), 'Recall')).toBe(0)
    expect(count(run(session(12_000), 40_000, { allow: ['find'] }), 'Recall')).toBe(5)
  })
})

describe('bad input', () => {
  const nan = () => Number.NaN
  const untold = { name: 'own', options: {} }
  it.each<[string, () => unknown]>([
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { polcy: [] } as never)],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], null as never)],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { budget: 0 })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { budget: Number.NaN })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { window: -1 })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { now: Number.NaN })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { pinned: [1.5] })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { pinned: 'm1' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { tools: { find: 'forever' as never } })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { tools: null as never })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { replan: { headroom: 1 } })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { replan: { expectedTurns: -1 } })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([], { replan: { turns: 1 } as never })],
    ['POLICY_INVALID', () => prune([], { policy: untold as never })],
    ['POLICY_INVALID', () => prune([], { policy: [keepLastTurns(1), undefined as never] })],
    ['PROVIDER_UNKNOWN', () => prune([], { provider: 'mistral' as never })],
    ['LENS_INVALID', () => prune([], { lens: { ...neutralLens, merge: undefined as never } })],
    ['TOKEN_COUNTER_INVALID', () => prune([user('q')], { tokenCounter: nan })],
    ['TOKEN_COUNTER_INVALID', () => prune([], { tokenCounter: 7 as never })],
    ['MESSAGE_INVALID', () => prune({} as never)],
    ['MESSAGE_INVALID', () => prune([null as never])],
    ['CONTEXT_OPTIONS_INVALID', () => prune([user('q')], { policy: fitTokens(0.5) })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([user('q'), user('r')], { policy: fitTokens(2, { priority: nan }) })],
    ['CONTEXT_OPTIONS_INVALID', () => prune([user('q')], { policy: relevance({ score: nan }) })],
    [
      'CONTEXT_OPTIONS_INVALID',
      () => prune([user('q'), ...step('a', 'x')], { policy: dropSuperseded({ key: () => 7 as never }) }),
    ],
    ['CONTEXT_OPTIONS_INVALID', () => keepLastMessages(0)],
    ['CONTEXT_OPTIONS_INVALID', () => keepLastTurns(1.5)],
    ['CONTEXT_OPTIONS_INVALID', () => fitTokens(-1)],
    ['CONTEXT_OPTIONS_INVALID', () => fitTokens(10, { minSegmentTokens: -1 })],
    ['CONTEXT_OPTIONS_INVALID', () => fitTokens(10, { priority: 'high' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => trimToolResults({ maxchars: 1 } as never)],
    ['CONTEXT_OPTIONS_INVALID', () => trimToolResults({ maxChars: 100 })],
    ['CONTEXT_OPTIONS_INVALID', () => trimToolResults({ keepShare: 2 })],
    ['CONTEXT_OPTIONS_INVALID', () => trimToolResults({ keepShare: 0.5, head: 10 })],
    ['CONTEXT_OPTIONS_INVALID', () => trimToolResults({ only: ['', 'x'] })],
    ['CONTEXT_OPTIONS_INVALID', () => clearToolResults({ placeholder: '' })],
    ['CONTEXT_OPTIONS_INVALID', () => clearToolResults({ minCharsOf: 'each' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => clearToolResults({ above: -1 })],
    ['CONTEXT_OPTIONS_INVALID', () => clearToolResults({ except: 'find' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => cacheAware({ ttl: 0 })],
    ['CONTEXT_OPTIONS_INVALID', () => cacheAware({ mode: 'sometimes' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => dropReasoning({ keepLastTurns: 0 })],
    ['CONTEXT_OPTIONS_INVALID', () => dedupeToolResults({ minChars: -1 })],
    ['CONTEXT_OPTIONS_INVALID', () => dropSuperseded({ key: 'path' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => summariseToolCalls({ maxArgChars: 1 })],
    ['CONTEXT_OPTIONS_INVALID', () => relevance({} as never)],
    ['CONTEXT_OPTIONS_INVALID', () => openclawDefaults({ softTrimRatio: 2 })],
    ['CONTEXT_OPTIONS_INVALID', () => openclawDefaults({ keep: 'all' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => openclawDefaults({ hardClear: 'yes' as never })],
    ['CONTEXT_OPTIONS_INVALID', () => recommended(10)],
  ])('is refused with %s: %s', (code, work) => {
    expect(work).toThrow(expect.objectContaining({ code }))
  })

  it('leaves the history as it was', () => {
    const history = [user('q'), ...step('a', 'x')]
    const before = structuredClone(history)
    expect(() => prune(history, { tokenCounter: () => Number.NaN })).toThrow()
    expect(history).toEqual(before)
  })
})
