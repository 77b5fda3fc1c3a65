import { describe, expect, it } from 'vitest'
import { captureValue, createCapturer, unchangedValue } from '../../src/codec/capture.ts'
import type { Extension } from '../../src/codec/serialise.ts'

/** Each: a value, and changes that its serialised form shows. Every change gets a fresh value. */
const changes: Record<string, { make: () => unknown; change: Record<string, (value: never) => void> }> = {
  'a nested object': {
    make: () => ({ a: 1, b: { c: ['x', { d: null, u: undefined }] } }),
    change: {
      'a value at the top': (v: { a: unknown }) => (v.a = 2),
      'a value of another type': (v: { a: unknown }) => (v.a = '1'),
      'a value below': (v: { b: { c: [string, { d: unknown }] } }) => (v.b.c[1].d = 0),
      'a key added': (v: { z?: unknown }) => (v.z = undefined),
      'a key removed': (v: { b: { c: unknown[] } }) => Reflect.deleteProperty(v.b.c[1] as object, 'u'),
      'a key moved': (v: { a?: unknown }) => {
        delete v.a
        v.a = 1
      },
      'an object for a primitive': (v: { a: unknown }) => (v.a = {}),
      'a primitive for an object': (v: { b: unknown }) => (v.b = null),
      'an array for an object': (v: { b: unknown }) => (v.b = [['x']]),
      'a class for an object': (v: { b: object }) => Object.setPrototypeOf(v.b, Date.prototype),
      'no prototype': (v: { b: object }) => Object.setPrototypeOf(v.b, null),
      'an element added': (v: { b: { c: unknown[] } }) => v.b.c.push(1),
      'an element removed': (v: { b: { c: unknown[] } }) => v.b.c.pop(),
      'a function for a value': (v: { a: unknown }) => (v.a = () => 1),
    },
  },
  'an array with undefined': {
    make: () => [undefined, 0],
    change: {
      'a hole for undefined': (v: unknown[]) => Reflect.deleteProperty(v, 0),
      'minus zero for zero': (v: unknown[]) => (v[1] = -0),
      'NaN for zero': (v: unknown[]) => (v[1] = Number.NaN),
    },
  },
  'an array with holes': {
    make: () => Object.assign(new Array(3), { 1: 'a' }),
    change: {
      'a hole filled with undefined': (v: unknown[]) => (v[0] = undefined),
      'another length': (v: unknown[]) => (v.length = 2),
      'all holes gone': (v: unknown[]) => v.fill(1),
    },
  },
  'a map in a map': {
    make: () => new Map([['k', new Map<unknown, unknown>([[{ a: 1 }, 1]])]]),
    change: {
      'a value below': (v: Map<string, Map<object, unknown>>) =>
        v.get('k')?.set([...(v.get('k')?.keys() ?? [])][0] ?? {}, 2),
      'a key below': (v: Map<string, Map<{ a: number }, unknown>>) => {
        for (const key of v.get('k')?.keys() ?? []) key.a = 2
      },
      'an entry added': (v: Map<string, unknown>) => v.set('l', 1),
      cleared: (v: Map<string, unknown>) => v.clear(),
    },
  },
  'a set, a date, a pattern, an address and bytes': {
    make: () => ({
      s: new Set([1]),
      d: new Date(5),
      r: /a/g,
      u: new URL('https://a.example/'),
      b: new Uint8Array(2000),
      n: new Date(Number.NaN),
    }),
    change: {
      'an element': (v: { s: Set<number> }) => v.s.add(2),
      'the time': (v: { d: Date }) => v.d.setTime(6),
      'the time to none': (v: { d: Date }) => v.d.setTime(Number.NaN),
      'the time from none': (v: { n: Date }) => v.n.setTime(0),
      'the position': (v: { r: RegExp }) => v.r.exec('a'),
      'the path': (v: { u: URL }) => (v.u.pathname = '/b'),
      'one byte': (v: { b: Uint8Array }) => (v.b[1999] = 1),
      'bytes of another class': (v: { b: Uint8Array }) => Object.setPrototypeOf(v.b, Int8Array.prototype),
      'something that only looks like a set': (v: { s: unknown }) => (v.s = Object.create(Set.prototype)),
    },
  },
  'an error with a cause': {
    make: () => Object.assign(new Error('a', { cause: { deep: [1] } }), { code: 'X' }),
    change: {
      'its message': (v: Error) => (v.message = 'b'),
      'its code': (v: Error & { code: string }) => (v.code = 'Y'),
      'inside its cause': (v: Error) => (v.cause as { deep: number[] }).deep.push(2),
    },
  },
  'an object with a toJSON that hides its state': {
    make: () => {
      let hidden = 1
      return { set: (n: number) => (hidden = n), toJSON: () => ({ hidden }) }
    },
    change: { 'the hidden state': (v: { set: (n: number) => void }) => v.set(2) },
  },
  'a boxed primitive': {
    make: () => ({ box: new Number(1) }),
    change: { 'another number': (v: { box: unknown }) => (v.box = new Number(2)) },
  },
  'a primitive': {
    make: () => ({ v: 1n }),
    change: { 'a number for a bigint': (v: { v: unknown }) => (v.v = 1) },
  },
}

describe('a capture', () => {
  for (const [name, { make, change }] of Object.entries(changes)) {
    it(`of ${name} still holds when nothing happened`, () => {
      const value = make()
      expect(unchangedValue(value, captureValue(value))).toBe(true)
    })
    for (const [what, apply] of Object.entries(change)) {
      it(`of ${name} sees ${what}`, () => {
        const value = make()
        const capture = captureValue(value)
        apply(value as never)
        expect(unchangedValue(value, capture)).toBe(false)
      })
    }
  }

  it('holds for an equal copy', () => {
    const make = (): unknown => ({ a: [new Map([[1, new Date(1)]]), Number.NaN], b: Object.create(null) })
    expect(unchangedValue(make(), captureValue(make()))).toBe(true)
  })

  it('of a primitive tells zero from minus zero, and null from an object without a prototype', () => {
    expect(unchangedValue(0, captureValue(-0))).toBe(false)
    expect(unchangedValue(Number.NaN, captureValue(Number.NaN))).toBe(true)
    expect(unchangedValue([Object.create(null)], captureValue([null]))).toBe(false)
    expect(unchangedValue('a', captureValue({}))).toBe(false)
    expect(unchangedValue({}, captureValue('a'))).toBe(false)
  })

  it('of a cycle is refused', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => captureValue(cycle)).toThrow(expect.objectContaining({ code: 'VALUE_TOO_DEEP' }))
  })

  it('ends when what was captured has become a cycle', () => {
    const value: { next: unknown } = { next: { next: 1 } }
    const capture = captureValue(value)
    value.next = value
    expect(unchangedValue(value, capture)).toBe(false)
  })
})

describe('a capture with an extension', () => {
  class Box {
    content: unknown
    toJSON = (): string => 'box'
    constructor(content: unknown) {
      this.content = content
    }
  }
  const box: Extension = {
    tag: 'box',
    test: (value) => value instanceof Box,
    encode: (value) => [(value as Box).content],
    decode: (data) => new Box((data as unknown[])[0]),
  }

  for (const byProperties of [false, true]) {
    it(`sees what the extension sees ${byProperties ? 'by its properties' : 'by its encoding'}`, () => {
      const { capture, unchanged } = createCapturer([{ ...box, byProperties }])
      const value = { box: new Box(['a']) }
      const before = capture(value)
      expect(unchanged(value, before)).toBe(true)
      ;(value.box.content as string[])[0] = 'b'
      expect(unchanged(value, before)).toBe(false)
    })
  }
})
