import { EverthreadError } from '../errors.ts'
import { packRuns, type Run, unpackRuns } from './runs.ts'
import type { ValueFormat } from './value-format.ts'

/**
 * What stands for a value in a checkpoint, as JSON text: `{"v":value}` inline, or runs of entries by shape:
 * `l` a list, `h` a list of neutral messages, `o` an object (an entry is a `[key, value]` pair), `b` one value,
 * `m` one neutral message.
 */
export type Shape = 'l' | 'h' | 'o' | 'b' | 'm'
export type RefText = string

export const refToRuns = (shape: Shape, runs: readonly Run[]): RefText =>
  `{"${shape}":${JSON.stringify(packRuns(runs))}}`
export const refToValue = (text: string): RefText => `{"v":${text}}`

/** The shape and runs of a reference; undefined when the value stands inline. */
export function runsOf(ref: RefText): { shape: Shape; runs: Run[] } | undefined {
  const shape = ref.charAt(2)
  if (shape === 'v') return undefined
  const packed = (JSON.parse(ref) as Record<string, (string | number)[]>)[shape]
  return { shape: shape as Shape, runs: unpackRuns(packed ?? []) }
}

/** Gives the text of an entry, which must have been loaded. */
export type EntryReader = (segment: string, position: number) => string

/** Remembers what it decoded, by segment and position, so that the tuples of one listing share what they have in common. */
export type Memo = Map<string, unknown[]>

export function resolveRef(ref: RefText, format: ValueFormat, entry: EntryReader, memo?: Memo): unknown {
  const list = runsOf(ref)
  if (!list) return (format.parse(ref) as { v: unknown }).v
  const { shape, runs } = list
  const decode = isNeutral(shape) ? historyOf(format).decode : format.parse
  const values: unknown[] = []
  for (const { segment, from, to } of runs) {
    const seen = memo && memoFor(memo, (isNeutral(shape) ? 'n' : 'v') + segment)
    for (let position = from; position < to; position++) {
      let value = seen?.[position]
      if (value === undefined) value = decode(entry(segment, position))
      if (seen) seen[position] = value
      values.push(value)
    }
  }
  if (shape === 'b' || shape === 'm') return values[0]
  return shape === 'o' ? objectOf(values as [string, unknown][]) : values
}

function memoFor(memo: Memo, name: string): unknown[] {
  const seen = memo.get(name) ?? []
  memo.set(name, seen)
  return seen
}

/** Whether the entries are neutral messages, rather than values of the serialiser. */
export const isNeutral = (shape: Shape): boolean => shape === 'h' || shape === 'm'

export function historyOf(format: ValueFormat): NonNullable<ValueFormat['history']> {
  if (!format.history) {
    throw new EverthreadError('SERDE_MISMATCH', 'Another serialiser wrote this session: read it with the one that did')
  }
  return format.history
}

function objectOf(pairs: [string, unknown][]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [key, value] of pairs) {
    if (key === '__proto__')
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
    else object[key] = value
  }
  return object
}
