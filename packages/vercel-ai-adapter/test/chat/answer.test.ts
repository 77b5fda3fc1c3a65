import { describe, expect, it } from 'vitest'
import { Answer, type Chunk } from '../../src/chat/answer.ts'
import { rememberedCounts } from '../../src/chat/remembered-counts.ts'

function made(...chunks: Chunk[]): Answer {
  const answer = new Answer({ id: 'a', role: 'assistant', parts: [] })
  for (const chunk of chunks) answer.apply(chunk)
  return answer
}

describe('an answer', () => {
  it('begins a step anew', () => {
    const { message } = made(
      { type: 'start-step' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'wrong' },
      { type: 'reset-step' },
      { type: 'text-delta', id: 't', delta: 'lost' },
      { type: 'text-start', id: 't' },
      { type: 'text-delta', id: 't', delta: 'right', providerMetadata: { p: 1 } },
      { type: 'text-end', id: 't', citations: ['c'] },
    )
    const text = { type: 'text', text: 'right', state: 'done', providerMetadata: { p: 1 }, citations: ['c'] }
    expect(message.parts).toEqual([{ type: 'step-start' }, text])
  })

  it('takes data in the place of data of the same id, and forgets what is transient', () => {
    const { message } = made(
      { type: 'data-weather', id: 'w', data: 1 },
      { type: 'data-weather', id: 'w', data: 2 },
      { type: 'data-weather', data: 3 },
      { type: 'data-notice', data: 4, transient: true },
    )
    expect(message.parts).toEqual([
      { type: 'data-weather', id: 'w', data: 2 },
      { type: 'data-weather', data: 3 },
    ])
  })

  it('merges metadata as ai does, and lets no prototype in', () => {
    const forged = JSON.parse('{"__proto__":{"admin":true},"a":{"c":2},"d":[1]}')
    const { message } = made(
      { type: 'start', messageMetadata: { a: { b: 1 }, d: [0] } },
      { type: 'message-metadata', messageMetadata: forged },
      { type: 'finish', messageMetadata: { e: undefined } },
    )
    expect(message.metadata).toEqual({ a: { b: 1, c: 2 }, d: [1] })
    expect((message.metadata as { admin?: boolean }).admin).toBeUndefined()
    expect(made({ type: 'start', messageMetadata: 'text' }).message.metadata).toBe('text')
  })

  it.each([
    [['finish'], 'complete'],
    [['abort', 'finish'], 'stopped'],
    [['error', 'finish'], 'failed'],
    [['start'], undefined],
  ])('of %j ends as %s', (types, outcome) => {
    expect(made(...types.map((type) => ({ type }))).outcome).toBe(outcome)
  })

  it('knows no results of calls that it has not made', () => {
    const { message } = made(
      { type: 'tool-output-available', toolCallId: 'x', output: 1 },
      { type: 'tool-approval-response', approvalId: 'q', approved: true },
      { type: 'tool-input-start', toolCallId: 'c', toolName: 'look', dynamic: true },
      { type: 'tool-input-delta', toolCallId: 'c', inputTextDelta: '{' },
      { type: 'tool-input-error', toolCallId: 'c', toolName: 'look', input: '{', errorText: 'No JSON' },
    )
    expect(message.parts).toHaveLength(1)
    expect(message.parts[0]).toMatchObject({ type: 'dynamic-tool', state: 'output-error', errorText: 'No JSON' })
  })
})

describe('remembered counts', () => {
  it('ask the counter once for each text, until much else has come', () => {
    let asked = 0
    const count = rememberedCounts({
      count(text) {
        asked++
        return text.length
      },
    })
    expect([count('abc'), count('abc')]).toEqual([3, 3])
    expect(asked).toBe(1)
    const long = (of: string) => of.repeat(4_000_001)
    count(long('x'))
    expect(count('abc')).toBe(3)
    expect(asked).toBe(2)
    count(long('y'))
    count(long('z'))
    count('abc')
    expect(asked).toBe(5)
  })
})
