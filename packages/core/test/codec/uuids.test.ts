import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headLength, type Packed, packUuids, unpackUuids } from '../../src/codec/uuids.ts'

const id = '0f8fad5b-d9cb-469f-a165-70867728950e'
const other = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
const packed = (text: string): Packed => packUuids(Buffer.from(text)) as Packed
const textOf = (text: string): string => Buffer.from(packed(text).text).toString()

describe('UUIDs taken out of a text', () => {
  it('leave a mark each, and stand before it in 16 bytes', () => {
    const { head, text } = packed(`{"id":"${id}","parent":"${other}"}`)
    expect(Buffer.from(text).toString()).toBe('{"id":"\u0001","parent":"\u0001"}')
    expect(Buffer.from(head).toString('hex')).toBe(`0002${(id + other).replaceAll('-', '')}`)
    expect(headLength(head)).toBe(2 + 2 * 16)
  })

  it.each([
    ['alone', id, '\u0001'],
    ['at the beginning and at the end', `${id} ${other}`, '\u0001 \u0001'],
    ['side by side', id + other, '\u0001\u0001'],
    ['behind other digits', `12ab${id}`, '12ab\u0001'],
    ['behind a date and a dash', `2026-08-06-${id}`, '2026-08-06-\u0001'],
    ['behind more digits than a UUID has in a row', `${'a'.repeat(40)}${id}`, `${'a'.repeat(40)}\u0001`],
    ['behind the beginning of another', `${other.slice(0, 20)}${id}`, `${other.slice(0, 20)}\u0001`],
    ['among letters beyond ASCII', `größer ${id} 日本`, 'größer \u0001 日本'],
  ])('are found %s', (_, text, left) => {
    expect(textOf(text)).toBe(left)
  })

  it.each([
    ['no UUID', 'Where is my order?'],
    ['nothing', ''],
    ['one in capitals', id.toUpperCase()],
    ['one that is cut', id.slice(0, -1)],
    ['one with its dashes elsewhere', id.replace('-', '').replace('9f', '9f-')],
  ])('are none in a text with %s', (_, text) => {
    expect(packUuids(Buffer.from(text))).toBeUndefined()
  })

  it('stay where they are when they come up again, as a compressor knows them then', () => {
    expect(packUuids(Buffer.from(`${id} ${id}`))).toBeUndefined()
    expect(textOf(`${id} ${other} ${id}`)).toBe(`${id} \u0001 ${id}`)
  })

  it('stay with others of one node, of which only the time differs', () => {
    expect(packUuids(Buffer.from(`${id} ${id.replace('0f8fad5b', '0f8fad5c')}`))).toBeUndefined()
  })

  it('stay in a value that has the mark already', () => {
    expect(packUuids(Buffer.from(`${id}\u0001`))).toBeUndefined()
  })

  it('are at most as many as can be counted', () => {
    const many = Array.from({ length: 65_537 }, () => randomUUID()).join(' ')
    const { head, text } = packed(many)
    expect(headLength(head)).toBe(2 + 65_535 * 16)
    expect(Buffer.from(unpackUuids({ head, text })).toString()).toBe(many)
  })

  it('come back where they were, whatever is around them', () => {
    const piece = fc.oneof(
      fc.uuid(),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[0-9a-f-]{0,50}$/),
      fc.constant(id),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const value = Buffer.from(pieces.join(''))
        const result = packUuids(value)
        if (result) expect(Buffer.compare(unpackUuids(result), value)).toBe(0)
      }),
      { numRuns: 500 },
    )
  })

  it('are refused when there are more of them than marks', () => {
    const { head } = packed(`${id} ${other}`)
    expect(() => unpackUuids({ head, text: Buffer.from('\u0001 and no more') })).toThrow('fewer marks')
  })

  it('are not looked for in bytes that hold none', () => {
    expect(packUuids(randomBytes(50_000))).toBeUndefined()
  })
})
