import { describe, expect, it } from 'vitest'
import {
  clearToolResults,
  dedupeToolResults,
  fitTokens,
  type Policy,
  type PruneOptions,
  prune,
} from '../../src/context/index.ts'
import type { NeutralMessage } from '../../src/index.ts'
import { assistant, step, texts, user } from './conversation.ts'

/** Turns of four messages each; no text is there twice. */
function talk(turns: number, name = 't'): NeutralMessage[] {
  return Array.from({ length: turns }, (_, i) => [
    user(`${name} ${i}?`),
    ...step(`${name}-${i}`, `${name} ${i} ${'x'.repeat(200)}`),
    assistant(`${name} ${i}.`),
  ]).flat()
}

/** Options whose counter notes what it counts. */
function counting(rest: PruneOptions<NeutralMessage> = {}) {
  const counted: string[] = []
  const tokenCounter = (text: string): number => {
    counted.push(text)
    return text.length
  }
  const options = { provider: 'openai' as const, ...rest, tokenCounter }
  const times = (messages: NeutralMessage[]): number => {
    counted.length = 0
    prune(messages, options)
    return counted.length
  }
  return { counted, options, times }
}

describe('what a message counts', () => {
  const history = talk(60)

  it('is asked once, wherever the message stands next time', () => {
    const { times } = counting()
    expect(times(history)).toBe(240)
    expect(times([...history])).toBe(0)
    expect(times([user('before'), ...history])).toBe(1)
    expect(times([...history, ...talk(2, 'after')])).toBe(8)
    expect(times(history.slice(0, 100))).toBe(0)
  })

  it('is remembered after a gap and from the middle on, up to the next that begins a run', () => {
    const { times } = counting()
    times(history)
    expect(times([...history.slice(0, 100), ...history.slice(104)])).toBeLessThan(64)
    expect(times(history.slice(4))).toBeLessThan(64)
    expect(times(history)).toBe(0)
  })

  it('is of each list its own, when lists begin alike and go on differently', () => {
    const { times } = counting()
    const begin = talk(3)
    const [left, right] = [talk(3, 'left'), talk(3, 'right')]
    expect(times([...begin, ...left])).toBe(24)
    expect(times([...begin, ...right])).toBe(12)
    expect(times([...begin, ...left])).toBe(0)
    expect(times([...begin, ...right])).toBe(0)
  })

  it('is asked again when the message was changed in place', () => {
    const { times } = counting()
    const list = talk(3)
    times(list)
    Object.assign(list[3] as NeutralMessage, { parts: [{ type: 'text', content: 'longer than it was' }] })
    expect(times(list)).toBe(1)
  })
})

describe('clearing', () => {
  const history = talk(40)
  const placeholders = (counted: string[]): number => counted.filter((text) => text.startsWith('[Content')).length

  it('counts no placeholder for what is removed after it', () => {
    const { counted, options } = counting({ policy: [clearToolResults({ above: 500 }), fitTokens(400)] })
    const { messages, receipt } = prune(history, options)
    const left = texts(messages).filter((text) => text.startsWith('[Content')).length
    expect(left).toBeGreaterThan(0)
    expect(receipt.byPolicy.clearToolResults).toMatchObject({ edits: left })
    expect(placeholders(counted)).toBeLessThan(4 * (left + 1))
  })

  it.each<[string, Policy[]]>([
    ['a policy that looks at the results', [dedupeToolResults({ minChars: 0 })]],
    ['a policy that asks how much is left', [{ name: 'own', options: {}, apply: (draft) => void draft.tokens }]],
    ['a policy that reads what is left', [{ name: 'own', options: {}, apply: (draft) => void draft.slots() }]],
  ])('is seen by %s as if it had been done at once', (_, between) => {
    const { options } = counting()
    const policy = [clearToolResults({ above: 500 }), ...between, fitTokens(400)]
    const seen = prune(history, { ...options, policy })
    const unseen = prune(history, { ...options, policy: [clearToolResults({ above: 500 }), fitTokens(400)] })
    expect(seen.messages).toEqual(unseen.messages)
    expect(seen.receipt).toEqual(unseen.receipt)
  })

  it('clears two results of one message, each with its handle', () => {
    const call = (id: string) => ({ type: 'tool_call', id, name: 'find', arguments: {} })
    const answer = (id: string) => ({ type: 'tool_call_response', id, response: id.repeat(200) })
    const both: NeutralMessage[] = [
      user('q'),
      { role: 'assistant', parts: [call('a'), call('b')] },
      { role: 'user', parts: [answer('a'), answer('b')] },
      assistant('done'),
    ]
    const { options } = counting({ policy: clearToolResults({ keepLast: 0 }) })
    const { messages, receipt } = prune([...both, ...talk(1)], options)
    expect(receipt.handles).toHaveLength(3)
    const [first, second] = receipt.handles
    expect(texts(messages)[2]).toBe(`[Content cleared] Recall: ${first}+[Content cleared] Recall: ${second}`)
  })
})
