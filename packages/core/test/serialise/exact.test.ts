import { describe, expect, it } from 'vitest'
import { createSerialiser } from '../../src/codec/serialise.ts'

const { stringify, parse } = createSerialiser()
const again = (value: unknown): unknown => parse(stringify(value))

class Point {
  x = 1
  y = 2
}

class Money {
  private readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
  toJSON(): unknown {
    return { euros: this.cents / 100 }
  }
}

function sparse(length: number, entries: Record<number, unknown>): unknown[] {
  return Object.assign(new Array(length), entries)
}

const cases: Record<string, unknown> = {
  undefined: undefined,
  'undefined as a property': { a: undefined, b: 1 },
  'undefined in an array': [undefined, 1],
  NaN: Number.NaN,
  Infinity: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  'negative zero': [-0, 0],
  'a bigint': [12345678901234567890n, -1n],
  'a date': new Date(1_700_000_000_123),
  'an invalid date': new Date(Number.NaN),
  'the earliest date': new Date(-8.64e15),
  'a map with object keys': new Map<unknown, unknown>([
    [{ a: 1 }, new Set([1])],
    ['k', undefined],
  ]),
  'a set of maps': new Set([new Map([[1, 2]])]),
  'a regular expression': /a\/b"(?<n>c)/giu,
  'a URL': new URL('https://user@example.org/a?b=c#d'),
  'typed arrays': [
    new Uint8Array([1, 255]),
    new Uint8ClampedArray([1]),
    new Int8Array([-1]),
    new Int16Array([-2]),
    new Uint16Array([2]),
    new Int32Array([-3]),
    new Uint32Array([3]),
    new Float32Array([1.5]),
    new Float64Array([Math.PI, -0, Number.NaN]),
    new BigInt64Array([-4n]),
    new BigUint64Array([4n]),
  ],
  'a part of a buffer': new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
  'an array buffer': new Uint8Array([1, 2]).buffer,
  'a data view': new DataView(new Uint8Array([7, 8, 9]).buffer, 1),
  'a sparse array': sparse(5, { 1: 1, 3: undefined }),
  'an object with an own __proto__': JSON.parse('{"__proto__":{"polluted":true},"a":1}'),
  'an own __proto__ beside a date': { inner: JSON.parse('{"__proto__":{"d":1}}'), d: new Date(0) },
  'an own __proto__ that holds a date': Object.defineProperty({}, '__proto__', {
    value: new Date(0),
    enumerable: true,
    writable: true,
    configurable: true,
  }),
  'an object without a prototype': Object.assign(Object.create(null), { a: 1, $: 2 }),
  'lone surrogates': ['\ud800', 'a\udfffb', '\ud83d\ude00', '\u2028'],
  'a key called $': { $: 'map', v: [] },
  'a nested key called $': [{ a: { $: { $: 1 } } }],
  'a key that ends in $': { cost$: 1, $x: '"$":' },
  'numbers as JSON has them': [1e21, 5e-324, 0.1, -1.7976931348623157e308],
  'integer-like keys': { 2: 'b', 1: 'a', x: new Date(1) },
}

describe('what is read back equals what was written', () => {
  for (const [name, value] of Object.entries(cases)) {
    it(name, () => {
      expect(again(value)).toStrictEqual(value)
    })
  }

  it('a hole is not the same as undefined', () => {
    const array = again(sparse(2, { 1: undefined })) as unknown[]
    expect([0 in array, 1 in array, array.length]).toEqual([false, true, 2])
  })

  it('a sparse array of the greatest length is no work', () => {
    const sparse: number[] = []
    sparse[2 ** 32 - 2] = 7
    const back = again({ sparse }) as { sparse: number[] }
    expect(back.sparse.length).toBe(2 ** 32 - 1)
    expect(Object.keys(back.sparse)).toEqual(['4294967294'])
  })

  it('a Buffer comes back as a Buffer', () => {
    const back = again(Buffer.from('über'))
    expect(Buffer.isBuffer(back)).toBe(true)
    expect(String(back)).toBe('über')
  })

  it('the position of a regular expression is kept', () => {
    const sticky = /a/y
    sticky.lastIndex = 3
    expect((again(sticky) as RegExp).lastIndex).toBe(3)
  })

  it('nothing of an own __proto__ reaches a prototype', () => {
    const back = again({ d: new Date(0), x: JSON.parse('{"__proto__":{"polluted":true}}') }) as { x: object }
    expect(Object.getPrototypeOf(back.x)).toBe(Object.prototype)
    expect(Object.hasOwn(back.x, '__proto__')).toBe(true)
  })
})

describe('errors', () => {
  it('of built-in classes come back as themselves', () => {
    for (const error of [
      new TypeError('a'),
      new RangeError('b'),
      new SyntaxError(),
      new URIError('c'),
      new EvalError('d'),
    ]) {
      const back = again(error) as Error
      expect(back.constructor).toBe(error.constructor)
      expect(back).toStrictEqual(error)
      expect(back.stack).toBe(error.stack)
      expect(Object.keys(back)).toEqual([])
    }
  })

  it('keep their cause, their code and what else they own', () => {
    const cause = Object.assign(new Error('disk'), { code: 'ENOSPC', errno: -28 })
    const back = again(new Error('save', { cause })) as Error & { cause: Error & { code: string; errno: number } }
    expect(back.cause).toStrictEqual(cause)
    expect([back.cause.code, back.cause.errno]).toEqual(['ENOSPC', -28])
  })

  it('of classes of their own become the built-in class below, with their name', () => {
    class Refused extends TypeError {
      override name = 'Refused'
    }
    const back = again(new Refused('no')) as Error
    expect(back).toBeInstanceOf(TypeError)
    expect([back.name, back.message]).toEqual(['Refused', 'no'])
    expect(again(back)).toStrictEqual(back)
  })

  it('that aggregate keep each', () => {
    const back = again(new AggregateError([new Error('a'), 1], 'all')) as AggregateError
    expect(back).toBeInstanceOf(AggregateError)
    expect(back.errors).toStrictEqual([new Error('a'), 1])
  })

  it('without a stack stay so', () => {
    const bare = new Error('a')
    delete bare.stack
    expect((again(bare) as Error).stack).toBeUndefined()
  })
})

describe('objects of classes', () => {
  it('become what their toJSON returns', () => {
    expect(again({ price: new Money(150) })).toEqual({ price: { euros: 1.5 } })
  })

  it('may return themselves from toJSON', () => {
    class Self {
      a = 1
      toJSON(): unknown {
        return this
      }
    }
    expect(again(new Self())).toStrictEqual({ a: 1 })
  })

  it('without toJSON become their own enumerable properties', () => {
    expect(again(new Point())).toStrictEqual({ x: 1, y: 2 })
  })

  it('that box a primitive become the primitive', () => {
    expect(again([new String('a'), new Number(1), new Boolean(false)])).toEqual(['a', 1, false])
  })

  it('that are shared become copies', () => {
    const shared = { n: new Date(0) }
    const back = again([shared, shared]) as unknown[]
    expect(back[0]).toStrictEqual(back[1])
    expect(back[0]).not.toBe(back[1])
  })
})

it('plain data is plain JSON', () => {
  const value = { a: [1, 'x', null, true, { b: {} }] }
  expect(stringify(value)).toBe(JSON.stringify(value))
})

it('what is given is not changed', () => {
  const value = Object.freeze({ list: Object.freeze([new Date(0), Object.freeze({ u: undefined })]) })
  stringify(value)
  expect(value.list[0]).toBeInstanceOf(Date)
})
