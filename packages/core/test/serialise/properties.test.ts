import fc from 'fast-check'
import { expect, it } from 'vitest'
import { value } from '../../../../test/arbitraries/values.ts'
import { captureValue, unchangedValue } from '../../src/codec/capture.ts'
import { createSerialiser } from '../../src/codec/serialise.ts'

const { stringify, parse } = createSerialiser()

it('any value comes back as it was', () => {
  fc.assert(
    fc.property(value, (given) => {
      expect(parse(stringify(given))).toStrictEqual(given)
    }),
    { numRuns: 2000 },
  )
})

it('what came back is written the same again', () => {
  fc.assert(
    fc.property(value, (given) => {
      const text = stringify(given)
      expect(stringify(parse(text))).toBe(text)
    }),
    { numRuns: 500 },
  )
})

it('any JSON is written as JSON.stringify writes it, but for keys that would be tags', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (given) => {
      const json = JSON.stringify(given)
      if (!json.includes('$')) expect(stringify(JSON.parse(json))).toBe(json)
    }),
    { numRuns: 500 },
  )
})

it('a capture of one value fits another exactly if both are written the same', () => {
  fc.assert(
    fc.property(value, value, (one, other) => {
      expect(unchangedValue(other, captureValue(one))).toBe(stringify(one) === stringify(other))
    }),
    { numRuns: 2000 },
  )
})

it('text that was changed anywhere is read or refused, and never constructs a class', () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.constantFrom('"', '$', '{', '[', '0', 'x'), (given, at, put) => {
      const text = stringify(given)
      const place = at % text.length
      try {
        parse(text.slice(0, place) + put + text.slice(place + 1))
      } catch (error) {
        expect(error).toHaveProperty('code', 'VALUE_CORRUPT')
      }
    }),
    { numRuns: 2000 },
  )
})
