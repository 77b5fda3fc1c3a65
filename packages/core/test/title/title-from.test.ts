import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NeutralMessage } from '../../src/index.ts'
import { asTitle, MAX_TITLE, titleFrom } from '../../src/title/title-from.ts'

const say = (role: string, content: string): NeutralMessage => ({ role, parts: [{ type: 'text', content }] })

describe('the title of a conversation', () => {
  it('is the first thing that the user said', () => {
    const messages = [say('system', 'Be kind'), say('user', ' \n '), say('user', 'Plan a\n trip '), say('user', 'More')]
    expect(titleFrom(messages)).toBe('Plan a trip')
  })

  it('is not there before the user has said something', () => {
    expect(titleFrom([say('assistant', 'Hello'), { role: 'user', parts: [{ type: 'image' }] }])).toBeUndefined()
  })

  it.each([
    ['at a word', 'Plan a trip to Oslo', 12, 'Plan a trip'],
    ['after a word that just fits', 'Plan a trip to Oslo', 11, 'Plan a trip'],
    ['in a word that is too long by itself', 'Donaudampfschifffahrt', 5, 'Donau'],
    ['at a word of a script without spaces', '東京への旅行を計画する', 4, '東京への'],
    ['never inside of what is one to the eye', '👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 12, '👩‍👩‍👧‍👦'],
  ])('is cut %s', (_, text, length, expected) => {
    expect(asTitle(text, length)).toBe(expected)
  })

  it('is one well-formed line of at most 512 characters whatever was said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        const title = asTitle(text)
        expect(title.length).toBeLessThanOrEqual(MAX_TITLE)
        expect(title.isWellFormed()).toBe(true)
        expect(title).not.toMatch(/\p{Cc}/u)
        expect(title).toBe(title.trim())
      }),
    )
  })
})
