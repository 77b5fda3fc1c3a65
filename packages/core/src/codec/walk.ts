import { type Capturer, createCapturer, sightOf } from './capture.ts'
import { type Content, EMPTY, type Piece, PieceList, type Shape, UNDEFINED } from './piece-list.ts'
import type { Snapshotter } from './snapshot.ts'
import type { Extension } from './values/extension.ts'

const SHAPES_OF_A_CLASS = 64

/** @param extensions - those of the serialiser whose view is meant */
export function identitySnapshots(extensions: readonly Extension[] = []): Snapshotter {
  const capturer = createCapturer(extensions)
  const shapes = new Map<object | null, Shape[]>()

  /** Adds what the object holds, and to `objects` what it reaches. */
  function look(object: object, { objects, marks, values }: Piece): void {
    if (sightOf(object, extensions) || !isTold(object)) marks.push(contentOf(object, capturer))
    else if (Array.isArray(object)) {
      marks.push(object.length)
      for (const value of object) {
        values.push(value === undefined ? UNDEFINED : value)
        reach(value, objects)
      }
    } else {
      const shape = shapeOf(object, shapes)
      const fixed = shape.made ? extensions.find(({ test }) => test(object))?.fixed : undefined
      marks.push(!shape.made && shape.keys.length === 0 ? EMPTY : shape)
      for (const key of shape.keys) {
        const value = (object as Record<string, unknown>)[key]
        values.push(value)
        if (!fixed?.includes(key)) reach(value, objects)
      }
    }
  }

  return {
    byContent: false,
    list: () => new PieceList(),
    take(value): Piece {
      const piece: Piece = { root: value, objects: [], marks: [], values: [] }
      const { objects } = piece
      reach(value, objects)
      // What is reached is added while it is gone through.
      for (let i = 0; i < objects.length; i++) look(objects[i] as object, piece)
      return piece
    },
  }
}

const MANY = 64
const large = new WeakMap<object[], Set<object>>()

/** Adds an object that was not reached before. A search through few is faster than a set. */
function reach(value: unknown, reached: object[]): void {
  if (typeof value !== 'object' || value === null) return
  if (reached.length < MANY) {
    if (!reached.includes(value)) reached.push(value)
    return
  }
  let known = large.get(reached)
  if (!known) {
    known = new Set(reached)
    large.set(reached, known)
  }
  if (known.has(value)) return
  known.add(value)
  reached.push(value)
}

function contentOf(object: object, capturer: Capturer): Content {
  const capture = capturer.capture(object)
  return { keys: undefined, same: (value) => capturer.unchanged(value, capture) }
}

/** Whether `constructor` tells the object's class. It costs a fifth of asking for the prototype. */
function isTold(object: object): boolean {
  const proto: object | null = Object.getPrototypeOf(object)
  return (
    Array.isArray(object) ||
    (proto !== null && Object.hasOwn(proto, 'constructor') && !Object.hasOwn(object, 'constructor'))
  )
}

/** Objects alike share their shape, so that it stays in the processor's cache. */
function shapeOf(object: object, shapes: Map<object | null, Shape[]>): Shape {
  const proto: object | null = Object.getPrototypeOf(object)
  let alike = shapes.get(proto)
  if (!alike) {
    alike = []
    shapes.set(proto, alike)
  }
  for (const shape of alike) if (hasKeys(object, shape.keys)) return shape
  const keys: string[] = []
  for (const key in object) keys.push(key)
  const shape = { made: proto === Object.prototype ? undefined : object.constructor, keys }
  if (alike.length < SHAPES_OF_A_CLASS) alike.push(shape)
  return shape
}

function hasKeys(object: object, keys: readonly string[]): boolean {
  let i = 0
  for (const key in object) if (key !== keys[i++]) return false
  return i === keys.length
}
