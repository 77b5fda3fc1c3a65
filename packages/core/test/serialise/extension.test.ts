import { expect, it } from 'vitest'
import { createSerialiser, type Extension } from '../../src/codec/serialise.ts'

class Celsius {
  readonly degrees: number
  readonly note: unknown
  constructor(degrees: number, note: unknown) {
    this.degrees = degrees
    this.note = note
  }
  toJSON(): unknown {
    return `${this.degrees} °C`
  }
}

const celsius: Extension = {
  tag: 'celsius',
  test: (value) => value instanceof Celsius,
  encode: (value) => ({ degrees: (value as Celsius).degrees, note: (value as Celsius).note }),
  decode: (data) => {
    const { degrees, note } = data as { degrees: number; note: unknown }
    return new Celsius(degrees, note)
  },
}

it('an extension is tried before toJSON, and what it holds is serialised in turn', () => {
  const { stringify, parse } = createSerialiser([celsius])
  const value = { rooms: new Map([['hall', new Celsius(-0, [new Date(1), new Celsius(3, undefined)])]]) }
  expect(parse(stringify(value))).toStrictEqual(value)
})

it('text of an extension that is missing is refused', () => {
  const text = createSerialiser([celsius]).stringify(new Celsius(1, null))
  expect(() => createSerialiser().parse(text)).toThrow(expect.objectContaining({ code: 'VALUE_CORRUPT' }))
})

it('two extensions cannot share a tag, nor take one of ours', () => {
  const code = expect.objectContaining({ code: 'EXTENSION_INVALID' })
  expect(() => createSerialiser([celsius, celsius])).toThrow(code)
  expect(() => createSerialiser([{ ...celsius, tag: 'map' }])).toThrow(code)
})
