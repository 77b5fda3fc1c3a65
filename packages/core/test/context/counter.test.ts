import { describe, expect, it } from 'vitest'
import { countView, MESSAGE_TOKENS } from '../../src/context/tokens/count-view.ts'
import { checkedCounter, type TokenCounter } from '../../src/context/tokens/counter.ts'

describe('a token counter', () => {
  it('is a function of a text, or an object with one', () => {
    expect(checkedCounter((text) => text.length)('four')).toBe(4)
    expect(checkedCounter({ count: (text) => text.length })('four')).toBe(4)
  })

  it('stays the same function, so that its counts can be remembered', () => {
    const counter = (text: string) => text.length
    expect(checkedCounter(counter)).toBe(checkedCounter(counter))
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '7', undefined])('that gives %s is refused', (tokens) => {
    const counter = checkedCounter((() => tokens) as TokenCounter)
    expect(() => counter('x')).toThrow(expect.objectContaining({ code: 'TOKEN_COUNTER_INVALID' }))
  })

  it('that throws is refused, with what it threw as the cause', () => {
    const cause = new Error('no tokenizer')
    const counter = checkedCounter(() => {
      throw cause
    })
    expect(() => counter('x')).toThrow(expect.objectContaining({ code: 'TOKEN_COUNTER_INVALID', cause }))
  })

  it.each([undefined, null, 7, {}])('that is %s is refused', (counter) => {
    expect(() => checkedCounter(counter as unknown as TokenCounter)).toThrow(
      expect.objectContaining({ code: 'TOKEN_COUNTER_INVALID' }),
    )
  })

  it('counts a message as its parts, its media and a little for the message itself', () => {
    const count = checkedCounter((text) => text.length)
    const parts = [
      { kind: 'text', text: 'four' },
      { kind: 'file', text: '', modality: 'image', tokens: 85 },
      { kind: 'result', text: 'ab', tokens: 10 },
    ] as const
    expect(countView({ role: 'user', parts }, count)).toBe(MESSAGE_TOKENS + 4 + 85 + 12)
    const picture = { role: 'user', parts: [{ kind: 'file', text: '', modality: 'image' }] } as const
    expect(countView(picture, count)).toBeGreaterThan(500)
  })
})
