import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compactView } from '../../../src/context/compaction/compact-view.ts'
import { archivedBy, compactedView } from '../../../src/context/compaction/compacted-view.ts'
import type { Compaction, CompactionModel, CompactionReceipt } from '../../../src/context/compaction/compaction.ts'
import { type CompactOptions, checkCompactOptions } from '../../../src/context/compaction/options.ts'
import { checkLegality } from '../../../src/context/index.ts'
import type { NeutralMessage } from '../../../src/index.ts'
import { assistant, calls, faithful, HEADINGS, noting, result, turns, user } from './conversation.ts'

let made = 0

function compact(
  history: readonly NeutralMessage[],
  options: Partial<CompactOptions> = {},
  newestFirst: readonly Compaction[] = [],
): Promise<CompactionReceipt> {
  const source = { history, newestFirst, id: `c${++made}`, now: 1_000 }
  return compactView(source, checkCompactOptions({ model: faithful, ...options }))
}

const seen = (
  history: readonly NeutralMessage[],
  ...newestFirst: (Compaction | undefined)[]
): readonly NeutralMessage[] =>
  compactedView(
    history,
    newestFirst.filter((one) => one !== undefined),
  ).messages
const ids = (messages: readonly NeutralMessage[]): (string | undefined)[] => messages.map(({ id }) => id)

describe('a compaction', () => {
  it('stands for all but the last messages, from where a step begins', async () => {
    const history = turns(6)
    const { outcome, compaction, messages, tokens, attempts } = await compact(history, { keepRecent: 6 })
    const view = seen(history, compaction)
    expect(outcome).toBe('compacted')
    expect(ids(view)).toEqual([`compaction-${compaction?.id}`, ...ids(history.slice(17))])
    expect(messages).toEqual({ before: 24, after: view.length })
    expect(tokens.after).toBeLessThan(tokens.before)
    expect(attempts).toBe(1)
  })

  it('leaves the archived messages where they were', async () => {
    const history = turns(6)
    const { compaction } = await compact(history, { keepRecent: 6 })
    expect(archivedBy(history, compaction as Compaction)).toEqual(history.slice(0, 17))
    expect(compaction?.archived).toBe(17)
  })

  it('keeps instructions, pinned messages with their step, and what was asked last', async () => {
    const pinned = { ...result('r', 'c', 'the contract'), metadata: { pinned: true } }
    const history = [
      { id: 's', role: 'system', parts: [{ type: 'text', content: 'Be brief.' }] },
      ...turns(4),
      calls('a', 'read', {}, 'c'),
      pinned,
      ...turns(3, 4),
      user('task', 'Now do the long work.'),
      ...Array.from({ length: 12 }, (_, i) => assistant(`w${i}`, `Step ${i} of the work is done.`)),
    ]
    const { compaction } = await compact(history, { keepRecent: 4 })
    const view = seen(history, compaction)
    expect(ids(view)).toEqual(['s', `compaction-${compaction?.id}`, 'a', 'r', 'task', 'w8', 'w9', 'w10', 'w11'])
  })

  it('never goes past a call that waits', async () => {
    const waits = {
      ...calls('wait', 'pay', {}, 'c'),
      parts: [{ type: 'tool_call', id: 'c', name: 'pay', arguments: {}, approval: { id: 'x' } }],
    }
    const history = [...turns(3), waits, user('later', 'And something else?'), ...turns(8, 3)]
    const { compaction } = await compact(history, { keepRecent: 2 })
    expect(ids(seen(history, compaction))).toEqual([`compaction-${compaction?.id}`, ...ids(history.slice(12))])
  })

  it('does nothing when there is nothing to do', async () => {
    const { model, prompts } = noting(faithful)
    const receipt = await compact(turns(2), { model, keepRecent: 10 })
    expect(receipt).toMatchObject({ outcome: 'skipped', attempts: 0, messages: { before: 8, after: 8 } })
    expect(receipt.why).toContain('nothing to compact')
    expect(prompts).toEqual([])
  })

  it('takes over the summary before it, and stands for what that stood for', async () => {
    const history = turns(6)
    const first = await compact(history, { keepRecent: 4 })
    const later = [...history, ...turns(6, 6)]
    const { model, prompts } = noting(faithful)
    const second = await compact(later, { model, keepRecent: 4 }, [first.compaction as Compaction])
    expect(prompts[0]).toContain(first.compaction?.summary)
    expect(prompts[0]).not.toContain('Summary of the')
    expect(second.compaction?.archived).toBe(44)
    expect(archivedBy(later, second.compaction as Compaction)).toEqual(later.slice(0, 44))
    expect(
      seen(later, second.compaction, first.compaction).filter(({ metadata }) => metadata?.compaction),
    ).toHaveLength(1)
  })

  it('falls back on an older one where a branch does not have its place', async () => {
    const history = turns(12)
    const first = await compact(history.slice(0, 24), { keepRecent: 4 })
    const second = await compact(history, { keepRecent: 4 }, [first.compaction as Compaction])
    const branch = [...history.slice(0, 24), user('other', 'Another way, please.')]
    expect(compactedView(branch, [second.compaction, first.compaction] as Compaction[]).compaction).toBe(
      first.compaction,
    )
    expect(compactedView([], [second.compaction, first.compaction] as Compaction[])).toEqual({ messages: [] })
  })

  it('reads a history larger than the window in chunks, each with the summary so far', async () => {
    const { model, prompts } = noting(faithful)
    const { outcome, attempts } = await compact(turns(60), { model, window: 1_500 })
    expect(outcome).toBe('compacted')
    expect(attempts).toBeGreaterThan(3)
    expect(prompts).toHaveLength(attempts)
    expect(prompts.slice(1).every((prompt) => prompt.includes('<summary-so-far>'))).toBe(true)
    for (const prompt of prompts) {
      for (const [, order] of prompt.matchAll(/calls find_order.*?(ORD-\d+)/g)) {
        expect(prompt).toContain(`[result] {"order":"${order}"`)
      }
    }
  })

  it('fits a single message that is larger than the window', async () => {
    const { model, prompts } = noting(faithful)
    const long = Array.from({ length: 9_000 }, (_, i) => `word${i % 7}`).join(' ')
    const history = [user('a', long), assistant('b', 'I have read it.'), ...turns(3)]
    expect((await compact(history, { model, window: 2_000 })).outcome).toBe('compacted')
    for (const prompt of prompts) expect(prompt.length).toBeLessThan(10_000)
  })

  it('tells the model what to mind, and what must be named', async () => {
    const { model, prompts } = noting(faithful)
    await compact(turns(6), { model, instructions: 'keep the weights', keepRecent: 4 })
    expect(prompts[0]).toContain('Mind this above all: keep the weights')
    expect(prompts[0]).toContain('ORD-4004')
    for (const section of ['Decisions', 'Open tasks', 'Constraints', 'Pending asks', 'Identifiers']) {
      expect(prompts[0]).toContain(`## ${section}`)
    }
  })
})

describe('a summary that cannot be used', () => {
  const never: CompactionModel = () => new Promise(() => undefined)
  const failing: [string, CompactionModel, string, number][] = [
    ['the model fails', () => Promise.reject(new Error('overloaded')), 'overloaded', 2],
    [
      'the model throws at once',
      () => {
        throw new Error('no key')
      },
      'no key',
      2,
    ],
    ['it is empty', () => '  \n', 'empty', 2],
    ['it is no text', () => undefined as unknown as string, 'no text', 2],
    ['it has 50 KB', () => 'ORD-4004 '.repeat(5_600), 'too long', 2],
    [
      'it is longer than allowed',
      (prompt) => `${faithful(prompt, anything)} ${'and so on '.repeat(300)}`,
      'too long',
      2,
    ],
    ['it drops the identifiers', () => `${HEADINGS}none`, 'lacks identifiers: ORD-', 2],
    ['the model hangs', never, 'did not answer within 20 ms', 1],
  ]
  const anything = { signal: new AbortController().signal, maxTokens: 1 }

  it.each(failing)('changes nothing, and the receipt says it: %s', async (_, model, words, attempts) => {
    const history = turns(6)
    const before = structuredClone(history)
    const receipt = await compact(history, { model, timeout: model === never ? 20 : 10_000 })
    expect(receipt).toMatchObject({ outcome: 'failed', attempts })
    expect(receipt.why).toContain(words)
    expect(receipt.compaction).toBeUndefined()
    expect(receipt.tokens.after).toBe(receipt.tokens.before)
    expect(history).toEqual(before)
  })

  it('is asked for once more, with what was wrong', async () => {
    let asked = 0
    const { model, prompts } = noting((prompt, options) => (asked++ === 0 ? '' : faithful(prompt, options)))
    const receipt = await compact(turns(6), { model })
    expect(receipt).toMatchObject({ outcome: 'compacted', attempts: 2, problems: ['the summary is empty'] })
    expect(prompts[1]).toContain('could not be used: the summary is empty')
  })

  it('is taken without its sections when a second try has none either', async () => {
    const receipt = await compact(turns(6), {
      model: (prompt) => faithful(prompt, anything).toString().replace(/## .*/g, ''),
    })
    expect(receipt).toMatchObject({ outcome: 'compacted', attempts: 2 })
    expect(receipt.problems[1]).toContain('lacks sections: Decisions')
  })

  it('ends the call when the caller gives up', async () => {
    const stop = new AbortController()
    const model: CompactionModel = (_, { signal }) => {
      stop.abort(new Error('enough'))
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const receipt = await compact(turns(6), { model, signal: stop.signal })
    expect(receipt).toMatchObject({ outcome: 'failed', attempts: 1, why: 'the model failed: enough' })
    const { model: unasked, prompts } = noting(faithful)
    expect(await compact(turns(6), { model: unasked, signal: stop.signal })).toMatchObject({ outcome: 'failed' })
    expect(prompts).toEqual([])
  })

  it('is not put in place by itself when it saves nothing', async () => {
    const history = Array.from({ length: 30 }, (_, i) => user(`m${i}`, 'ok'))
    const model: CompactionModel = () => `${HEADINGS}${'nothing much was said, '.repeat(40)}`
    const receipt = await compact(history, { model, reason: 'messages', keepRecent: 20 })
    expect(receipt).toMatchObject({ outcome: 'skipped', attempts: 1 })
    expect(receipt.why).toContain('no shorter')
  })
})

describe('any history', () => {
  const step = fc.oneof(
    fc.constant('user' as const),
    fc.constant('assistant' as const),
    fc.constant('tool' as const),
    fc.constant('parallel' as const),
    fc.constant('pinned' as const),
  )
  const histories = fc.array(step, { maxLength: 60 }).map((steps) =>
    steps.flatMap((kind, i): NeutralMessage[] => {
      if (kind === 'user') return [user(`u${i}`, `Question ${i}?`)]
      if (kind === 'assistant') return [assistant(`t${i}`, `Answer ${i}.`)]
      if (kind === 'pinned') return [{ ...user(`p${i}`, `Never forget ${i}.`), metadata: { pinned: true } }]
      const callIds = kind === 'tool' ? [`c${i}`] : [`c${i}`, `d${i}`]
      return [calls(`a${i}`, 'find', { i }, ...callIds), ...callIds.map((id) => result(`r${id}`, id, `found ${i}`))]
    }),
  )

  it('stays legal, keeps its pins and its last messages, compacted again and again', async () => {
    await fc.assert(
      fc.asyncProperty(histories, histories, fc.nat(12), async (first, more, keepRecent) => {
        const again = more.map((message) => ({
          ...message,
          id: `x${message.id}`,
          parts: message.parts.map((part) => ('id' in part ? { ...part, id: `x${part.id}` } : part)),
        })) as NeutralMessage[]
        let newestFirst: Compaction[] = []
        for (const history of [first, [...first, ...again]]) {
          const { compaction } = await compact(history, { keepRecent }, newestFirst)
          if (compaction) newestFirst = [compaction, ...newestFirst]
          const view = seen(history, ...newestFirst)
          const calls = checkLegality(view, { provider: 'openai' })
          expect(calls.filter(({ rule }) => /call|result/.test(rule))).toEqual([])
          const pins = history.filter(({ metadata }) => metadata?.pinned)
          expect(ids(view).filter((id) => id?.replace(/^x/, '').startsWith('p'))).toEqual(ids(pins))
          expect(ids(view).slice(-Math.min(keepRecent, history.length) || view.length)).toEqual(
            ids(history)
              .slice(-Math.min(keepRecent, history.length) || history.length)
              .slice(-view.length),
          )
          if (newestFirst[0]) {
            const gone = archivedBy(history, newestFirst[0])
            const shown = new Set(ids(view))
            expect(ids(history).filter((id) => !shown.has(id))).toEqual(ids(gone))
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('options of a compaction', () => {
  it.each<[Partial<CompactOptions>, string]>([
    [{ model: 'gpt' as unknown as CompactionModel }, 'COMPACTION_INVALID'],
    [{ keepRecent: -1 }, 'COMPACTION_INVALID'],
    [{ keepRecent: 1.5 }, 'COMPACTION_INVALID'],
    [{ window: 10 }, 'COMPACTION_INVALID'],
    [{ maxSummaryTokens: 5 }, 'COMPACTION_INVALID'],
    [{ timeout: 0 }, 'COMPACTION_INVALID'],
    [{ reason: '' }, 'COMPACTION_INVALID'],
    [{ instructions: 3 as unknown as string }, 'COMPACTION_INVALID'],
    [{ keepLast: 3 } as Partial<CompactOptions>, 'CONTEXT_OPTIONS_INVALID'],
  ])('are refused when they are wrong: %o', (options, code) => {
    expect(() => checkCompactOptions({ model: faithful, ...options })).toThrow(expect.objectContaining({ code }))
  })
})
