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
  type Policies,
  type PruneOptions,
  prune,
  recommended,
  relevance,
  summariseToolCalls,
  trimToolResults,
} from '../../src/context/index.ts'
import type { NeutralMessage } from '../../src/index.ts'
import { assistant, calls, counter, result, step, system, texts, thought, user } from './conversation.ts'

type Options = PruneOptions<NeutralMessage>

function pruned(messages: NeutralMessage[], policy: Policies, options: Options = {}): string[] {
  return texts(prune(messages, { policy, tokenCounter: counter, provider: 'openai', ...options }).messages)
}

describe('keepLastMessages', () => {
  const talk = [system('s'), user('a'), assistant('b'), user('c'), ...step('x', 'd'), assistant('e'), user('f')]

  it('keeps so many, and the system message beside them', () => {
    expect(pruned(talk, keepLastMessages(2))).toEqual(['s', 'f'])
    expect(pruned(talk, keepLastMessages(5))).toEqual(['s', 'c', 'call find', 'd', 'e', 'f'])
    expect(pruned(talk, keepLastMessages(100))).toEqual(texts(talk))
  })

  it('never parts calls from results, and keeps the question of the turn that goes on', () => {
    const long = [user('q'), ...step('a', '1'), ...step('b', '2'), ...step('c', '3')]
    expect(pruned(long, keepLastMessages(3))).toEqual(['q', 'call find', '3'])
    expect(pruned(long, keepLastMessages(4))).toEqual(['q', 'call find', '2', 'call find', '3'])
  })
})

describe('keepLastTurns', () => {
  it('keeps so many, each from what the user said', () => {
    const talk = [system('s'), user('a'), user('a2'), assistant('b'), user('c'), assistant('d'), user('e')]
    expect(pruned(talk, keepLastTurns(1))).toEqual(['s', 'e'])
    expect(pruned(talk, keepLastTurns(2))).toEqual(['s', 'c', 'd', 'e'])
    expect(pruned(talk, keepLastTurns(3))).toEqual(texts(talk))
  })
})

describe('fitTokens', () => {
  it('keeps the newest that fit, beginning with a question', () => {
    const talk = [user('a'.repeat(96)), assistant('b'.repeat(96)), user('c'.repeat(96)), assistant('d'.repeat(96))]
    expect(pruned([...talk, user('e')], fitTokens(250, { minSegmentTokens: 500 }))).toHaveLength(3)
    expect(pruned([...talk, user('e')], fitTokens(150, { minSegmentTokens: 500 }))).toEqual(['e'])
  })

  it('takes a share of the window', () => {
    const talk = [user('a'.repeat(96)), assistant('b'.repeat(96)), user('c')]
    expect(pruned(talk, fitTokens(0.5), { window: 1_000 })).toHaveLength(3)
    expect(pruned(talk, fitTokens(0.1), { window: 1_000 })).toEqual(['c'])
  })

  it('keeps what matters most, by the priority given', () => {
    const talk = [user('keep me'.padEnd(96)), assistant('b'.repeat(96)), user('c'.repeat(96)), user('d')]
    const priority = ({ parts }: { parts: readonly { text: string }[] }) => (parts[0]?.text.startsWith('keep') ? 9 : 1)
    expect(pruned(talk, fitTokens(120, { priority, minSegmentTokens: 500 }))).toEqual(['keep me'.padEnd(96), 'd'])
  })

  it('cuts the last one to fit when enough is left for it, and removes it otherwise', () => {
    const talk = [user('x'.repeat(1_000)), assistant('y'), user('z')]
    const [first] = pruned(talk, fitTokens(400, { minSegmentTokens: 200 }))
    expect(first).toMatch(/^x+\n\.\.\.\nx+\n\[Trimmed: \d+ of 1000 characters kept\. Recall: t\.\w+\]$/)
    expect(pruned(talk, fitTokens(400, { minSegmentTokens: 500 }))).toEqual(['z'])
  })

  it('brings back the question for the steps of its turn that are kept', () => {
    const talk = [
      user('q1'),
      ...step('a', '1'.repeat(300)),
      ...step('b', '2'.repeat(50)),
      assistant('done'),
      user('q2'),
    ]
    expect(pruned(talk, fitTokens(160, { minSegmentTokens: 999 }))).toEqual([
      'q1',
      'call find',
      '2'.repeat(50),
      'done',
      'q2',
    ])
  })
})

describe('trimToolResults', () => {
  const long = `${'a'.repeat(3_000)}${'z'.repeat(3_000)}`

  it('keeps both ends of a long result, and says what is missing', () => {
    const [, , trimmed] = pruned([user('q'), ...step('a', long), user('r')], trimToolResults())
    expect(trimmed).toMatch(/^a{1500}\n\.\.\.\nz{1500}\n\[Trimmed: 3000 of 6000 characters kept\. Recall: r\.\w+\]$/)
  })

  it('keeps a share of it, when asked to', () => {
    const [, , trimmed] = pruned([user('q'), ...step('a', long), user('r')], trimToolResults({ keepShare: 0.3 }))
    expect(trimmed).toMatch(/^a{900}\n\.\.\.\nz{900}\n/)
  })

  it('leaves alone what is short, new, of other tools, pictures, or below the size that asks for it', () => {
    const talk = [user('q'), ...step('a', long, { name: 'read_file' }), user('r')]
    expect(pruned(talk, trimToolResults({ maxChars: 6_000 }))).toEqual(texts(talk))
    expect(pruned(talk, trimToolResults({ keepLast: 1 }))).toEqual(texts(talk))
    expect(pruned(talk, trimToolResults({ except: ['read_*'] }))).toEqual(texts(talk))
    expect(pruned(talk, trimToolResults({ only: ['grep'] }))).toEqual(texts(talk))
    expect(pruned(talk, trimToolResults({ above: 0.9 }), { window: 10_000 })).toEqual(texts(talk))
    expect(pruned(talk, trimToolResults({ above: 0.1, only: ['READ_FILE'] }), { window: 10_000 })).not.toEqual(
      texts(talk),
    )
  })

  it('never cuts a character in two', () => {
    const emoji = '😀'.repeat(3_000)
    for (const head of [1_001, 1_002]) {
      const [, , trimmed = ''] = pruned(
        [user('q'), ...step('a', emoji), user('r')],
        trimToolResults({ head, tail: 1_001 }),
      )
      expect(trimmed.isWellFormed()).toBe(true)
    }
  })
})

describe('clearToolResults', () => {
  const talk = [user('q'), ...['a', 'b', 'c', 'd'].flatMap((id) => step(id, `${id} `.repeat(100))), assistant('done')]

  it('clears all but the results of the last assistant messages, and leaves a handle', () => {
    const seen = pruned(talk, clearToolResults({ keepLast: 3 }))
    expect(seen.filter((text) => text.startsWith('[Content cleared] Recall: r.'))).toHaveLength(2)
    expect(seen.at(-4)).toBe('c '.repeat(100))
  })

  it('stops when the context is small enough, the oldest first', () => {
    const seen = pruned(talk, clearToolResults({ keepLast: 0, above: 700 }))
    expect(seen.filter((text) => text.startsWith('[Content cleared]'))).toHaveLength(2)
    expect(seen[2]).toMatch(/^\[Content cleared\]/)
    expect(pruned(talk, clearToolResults({ keepLast: 0, above: 5_000 }))).toEqual(texts(talk))
  })

  it('asks for a minimum of each, or of all together', () => {
    expect(pruned(talk, clearToolResults({ keepLast: 0, minChars: 201 }))).toEqual(texts(talk))
    expect(pruned(talk, clearToolResults({ keepLast: 0, minChars: 801, minCharsOf: 'total' }))).toEqual(texts(talk))
    expect(pruned(talk, clearToolResults({ keepLast: 0, minChars: 800, minCharsOf: 'total' }))).not.toEqual(texts(talk))
  })

  it('takes another placeholder, and leaves alone what would not get smaller', () => {
    const seen = pruned(
      [user('q'), ...step('a', 'x'.repeat(200)), ...step('b', 'y'), user('r')],
      [clearToolResults({ keepLast: 0, placeholder: '[gone]' })],
    )
    expect(seen[2]).toMatch(/^\[gone\] Recall/)
    expect(seen[4]).toBe('y')
  })
})

describe('cacheAware', () => {
  const spoken = { ...assistant('done'), createdAt: 1_000_000 }
  const talk = [user('q'), ...step('a', 'x'.repeat(500)), spoken, { ...user('r'), createdAt: 1_200_000 }]
  const policy = (mode?: 'off' | 'cache-ttl' | 'always') => [
    cacheAware(mode ? { mode } : {}),
    clearToolResults({ keepLast: 0 }),
  ]

  it('lets the others work once the assistant has been silent for longer than the cache lives', () => {
    expect(pruned(talk, policy(), { now: 1_000_000 + 300_000 })).toEqual(texts(talk))
    expect(pruned(talk, policy(), { now: 1_000_000 + 300_001 })).not.toEqual(texts(talk))
  })

  it('goes by when the plan before was used, when there is one', () => {
    const options = { policy: policy(), tokenCounter: counter, provider: 'openai' } as const
    const { plan } = prune(talk, { ...options, now: 1_250_000 })
    const warm = prune(talk, { ...options, now: 1_500_000, previousPlan: plan })
    expect(warm.receipt.replanned).toBeUndefined()
    expect(texts(warm.messages)).toEqual(texts(talk))
    const cold = prune(talk, { ...options, now: 1_600_000, previousPlan: plan })
    expect(cold.receipt.replanned?.why).toContain('cache has expired')
    expect(texts(cold.messages)[2]).toMatch(/^\[Content cleared\]/)
  })

  it('can be off, and always on', () => {
    expect(pruned(talk, policy('off'), { now: 9_000_000 })).toEqual(texts(talk))
    expect(pruned(talk, policy('always'), { now: 1_000_000 })).not.toEqual(texts(talk))
  })
})

describe('dropReasoning', () => {
  it('drops that of past turns, never that of the turn that goes on', () => {
    const talk = [user('a'), assistant('b', thought('1')), user('c'), assistant('d', thought('2')), user('e')]
    const answered = [...talk, assistant('f', thought('3'))]
    expect(pruned(answered, dropReasoning())).toEqual(['a', 'b', 'c', 'd', 'e', '3+f'])
    expect(pruned(answered, dropReasoning({ keepLastTurns: 2 }))).toEqual(['a', 'b', 'c', '2+d', 'e', '3+f'])
  })
})

describe('dedupeToolResults', () => {
  it('keeps the newest of results that say the same', () => {
    const same = 'x'.repeat(300)
    const talk = [user('q'), ...step('a', same), ...step('b', 'y'.repeat(300)), ...step('c', same)]
    const seen = pruned(talk, dedupeToolResults())
    expect(seen[2]).toMatch(/^\[The same as a later result\] Recall: r\./)
    expect(seen.slice(3)).toEqual(texts(talk).slice(3))
    expect(pruned(talk, dedupeToolResults({ minChars: 301 }))).toEqual(texts(talk))
  })
})

describe('dropSuperseded', () => {
  const read = (id: string, path: string, text: string) => step(id, text, { name: 'read', args: { path, n: 1 } })
  const old = 'old '.repeat(50)

  it('clears what a later call of the same arguments brought up to date', () => {
    const again = step('c', 'new', { name: 'read', args: { n: 1, path: 'a' } })
    const seen = pruned([user('q'), ...read('a', 'a', old), ...read('b', 'b', old), ...again], dropSuperseded())
    expect(seen[2]).toMatch(/^\[A later call brought this up to date\]/)
    expect(seen[4]).toBe(old)
  })

  it('goes by a key of your own, and never by a call that failed', () => {
    const key = ({ tool }: { tool: string }) => tool
    const talk = [user('q'), ...read('a', 'a', old), ...read('b', 'b', 'Error: gone')]
    expect(pruned(talk, dropSuperseded({ key }))).toEqual(texts(talk))
    expect(pruned([...talk, ...read('c', 'c', 'new')], dropSuperseded({ key }))[2]).toMatch(/^\[A later call/)
    expect(pruned([...talk, ...read('c', 'c', 'new')], dropSuperseded({ key: () => undefined }))[2]).toBe(old)
  })
})

describe('summariseToolCalls', () => {
  it('tells old calls in one line, with how they went', () => {
    const talk = [
      user('q'),
      { ...calls({ id: 'a', name: 'get', args: { id: 7 } }, { id: 'b', name: 'pay' }) },
      result('a', 'x'.repeat(300), 'get'),
      result('b', 'Error: no money', 'pay'),
      assistant('done'),
      user('r'),
    ]
    const seen = pruned(talk, summariseToolCalls({ keepLast: 1 }))
    expect(seen).toEqual([
      'q',
      expect.stringMatching(
        /^\[Called get\(\{"id":7\}\): OK\. Recall: r\.\w+\]\+\[Called pay\(\{\}\): Failed\. Recall: r\.\w+\]$/,
      ),
      'done',
      'r',
    ])
  })

  it('cuts long arguments, and drops the reasoning that led to calls which are gone', () => {
    const call = calls({ id: 'a', args: { text: 'y'.repeat(500) } })
    const made = { ...call, parts: [thought('hm', { signature: 's' }), ...call.parts] }
    const [, line = ''] = pruned([user('q'), made, result('a', 'x'), user('r')], summariseToolCalls({ keepLast: 0 }))
    expect(line).toMatch(/^\[Called find\(/)
    expect(line.length).toBeLessThan(220)
  })
})

describe('relevance', () => {
  it('removes old turns that have nothing to do with what is asked', () => {
    const talk = [
      user('cats'),
      assistant('1'),
      user('dogs'),
      assistant('2'),
      user('fish'),
      assistant('3'),
      user('dogs?'),
    ]
    const score = (
      message: { parts: readonly { text: string }[] },
      question?: { parts: readonly { text: string }[] },
    ) => (question?.parts[0]?.text.startsWith(message.parts[0]?.text ?? '') ? 1 : 0)
    expect(pruned(talk, relevance({ score, keepLastTurns: 1 }))).toEqual(['dogs', '2', 'dogs?'])
  })
})

describe('recommended', () => {
  it('leaves a small conversation alone, and keeps a large one within its share of the window', () => {
    const small = [user('q'), ...step('a', 'x'), assistant('done')]
    expect(pruned(small, recommended(10_000))).toEqual(texts(small))
    const large = Array.from({ length: 10 }, (_, i) => [
      user(`q${i}`),
      ...step(`c${i}`, String(i).repeat(900)),
      assistant('a'),
    ])
    const { receipt } = prune(large.flat(), { policy: recommended(8_000), tokenCounter: counter })
    expect(receipt.tokens.after).toBeLessThanOrEqual(5_600)
    expect(receipt.byPolicy.clearToolResults?.edits).toBeGreaterThan(0)
  })
})

describe('what a tool declares of its results', () => {
  const big = 'x'.repeat(400)
  const talk = [
    user('q'),
    ...step('a', big, { name: 'read' }),
    ...step('b', big, { name: 'find' }),
    assistant('d'),
    user('r'),
  ]

  it('pinned: nothing clears them', () => {
    const seen = pruned(talk, clearToolResults({ keepLast: 0 }), { tools: { read: 'pinned' } })
    expect(seen[2]).toBe(big)
    expect(seen[4]).toMatch(/^\[Content cleared\]/)
  })

  it('refetchable: they go before anything else when the budget needs it', () => {
    const seen = pruned(talk, [], { tools: { find: 'refetchable' }, budget: 600 })
    expect(seen[2]).toBe(big)
    expect(seen[4]).toMatch(/^\[Content cleared\]/)
  })

  it('until-superseded: they stay until the call is made again, and then go', () => {
    const tools = { read: 'until-superseded' } as const
    expect(pruned(talk, clearToolResults({ keepLast: 0 }), { tools })[2]).toBe(big)
    const again = [...talk, ...step('c', 'new', { name: 'read' })]
    expect(pruned(again, [], { tools })[2]).toMatch(/^\[A later call brought this up to date\]/)
  })
})
