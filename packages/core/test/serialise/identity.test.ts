import { describe, expect, it } from 'vitest'
import type { Extension } from '../../src/codec/serialise.ts'
import { identitySnapshots } from '../../src/codec/walk.ts'

class Point {
  x = 1
}
class Place extends Point {}

/** Told by their properties, as messages are. */
const points: Extension = {
  tag: 'point',
  test: (value) => value instanceof Point,
  encode: (value) => ({ ...value }),
  decode: (data) => data,
  byProperties: true,
}

/** Each: a value, and a change that its serialised form shows. */
const changes: Record<string, [make: () => unknown, change: (value: never) => unknown]> = {
  'minus zero for zero': [() => ({ a: 0 }), (v: { a: number }) => (v.a = -0)],
  'zero for minus zero': [() => [-0], (v: number[]) => (v[0] = 0)],
  'a number for NaN': [() => ({ a: Number.NaN }), (v: { a: number }) => (v.a = 1)],
  'a text for a number': [() => ({ a: 1 }), (v: { a: unknown }) => (v.a = '1')],
  'a hole for undefined': [() => [undefined], (v: unknown[]) => Reflect.deleteProperty(v, 0)],
  'a key added to an empty object': [() => ({ a: {} }), (v: { a: { b?: undefined } }) => (v.a.b = undefined)],
  'a key renamed, its value kept': [
    () => ({ a: 1 }),
    (v: { a?: number; b?: number }) => {
      delete v.a
      v.b = 1
    },
  ],
  'an element of a nested list': [() => ({ a: [{ b: ['x'] }] }), (v: { a: [{ b: string[] }] }) => (v.a[0].b[0] = 'y')],
  'another class': [() => new Point(), (v: Point) => Object.setPrototypeOf(v, Place.prototype)],
  'no class': [() => new Point(), (v: Point) => Object.setPrototypeOf(v, null)],
  'a property of an instance': [() => [new Place()], (v: Place[]) => (v[0] as Place).x++],
  'a property that is called constructor': [
    () => ({ constructor: 'a' }),
    (v: { constructor: unknown }) => (v.constructor = 'b'),
  ],
  'the class behind a property that is called constructor': [
    () => Object.assign(new Place(), { constructor: Point }),
    (v: object) => Object.setPrototypeOf(v, Point.prototype),
  ],
  'the class of an object whose prototype has no constructor of its own': [
    () => Object.assign(Object.create(Object.create(Point.prototype)) as Point, { x: 1 }),
    (v: object) => Object.setPrototypeOf(v, Point.prototype),
  ],
}

describe('a snapshot by identity', () => {
  const { list, take } = identitySnapshots([points])
  const holdsAfter = (value: unknown, change: () => unknown): boolean => {
    const seen = list()
    seen.push(take(value))
    expect(seen.holds(0, value)).toBe(true)
    change()
    return seen.holds(0, value)
  }

  it.each(Object.entries(changes))('sees %s', (_, [make, change]) => {
    const value = make()
    expect(holdsAfter(value, () => change(value as never))).toBe(false)
  })

  it('is of the very object, not of an equal one', () => {
    const seen = list()
    seen.push(take({ a: 1 }))
    expect(seen.holds(0, { a: 1 })).toBe(false)
  })

  it('holds where a text is replaced by an equal one', () => {
    const value = { a: 'ab' }
    expect(holdsAfter(value, () => (value.a = ['a', 'b'].join('')))).toBe(true)
  })

  it.each([0, 31, 32, 63, 64, 99])('says that element %i of a list is the first that does not hold', (changed) => {
    const all: ((items: { a: { b: object }; c: string }[]) => unknown)[] = [
      (items) => Reflect.set((items[changed] as { a: { b: object } }).a.b, 'd', 1),
      (items) => Reflect.set(items[changed] as object, 'c', 'other'),
      (items) => (items[changed] = { a: { b: {} }, c: 'same' }),
    ]
    for (const apply of all) {
      const items = Array.from({ length: 100 }, () => ({ a: { b: {} }, c: 'same' }))
      const seen = list()
      for (const item of items) seen.push(take(item))
      expect(seen.leading(items, 100)).toBe(100)
      apply(items)
      expect(seen.leading(items, 100)).toBe(changed)
      expect(seen.leading(items, changed)).toBe(changed)
    }
  })
})
