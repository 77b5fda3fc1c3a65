import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareBytewise, countBefore } from '../../src/stores/key-order.ts'

const text = fc.string({ unit: 'binary', maxLength: 6 })

describe('the order of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytewise(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      {
        examples: [
          ['\uffee', '\u{1f600}'],
          ['\u{1f600}', '\u{1f601}'],
          ['a', 'ab'],
        ],
      },
    )
  })

  it('is searched by halves', () => {
    const sorted = [1, 2, 2, 5]
    expect([0, 1, 2, 3, 9].map((limit) => countBefore(sorted, (item) => item < limit))).toEqual([0, 0, 1, 3, 4])
  })
})
