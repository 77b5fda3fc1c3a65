import type { EncodedObjects } from './encoded-objects.ts'
import { commonStart, encodeAs, finder, type Held, type Slot } from './held.ts'
import { type RefText, refToValue, type Shape } from './ref.ts'
import { type Address, addresses } from './runs.ts'
import type { ValueFormat } from './value-format.ts'

/** Values whose text is at most this long stand in the checkpoint itself. */
const INLINE_CHARS = 512
/** Lists in more runs than this are written anew into a segment of their own. */
const MAX_RUNS = 64
/** An array longer than this is a list at once, without first being written as a whole. */
const SURELY_LONG = 64

/** A value taken apart, synchronously, before anything can change it: what is stored already, and the text of what is not. */
export type Prepared =
  | { inline: RefText }
  | { shape: Shape; base: Held | undefined; keep: number; slots: Slot[]; afresh: boolean }

export interface PrepareOptions {
  /** What error messages call the value. */
  name: string
  format: ValueFormat
  /** What the parent holds for the channel: its shape, and the objects behind it when they are known. */
  before: Shape | undefined
  held: Held | undefined
  encoded: EncodedObjects
  /** The text of a stored entry, if it is at hand. */
  entry(at: Address): string | undefined
}

export function prepare(value: unknown, options: PrepareOptions): Prepared {
  const { before, format } = options
  if (isList(value)) {
    const walked = walk(value, undefined, options)
    const shape = listShape(value, walked, options)
    if (shape === 'h' || before === 'l' || value.length > SURELY_LONG)
      return prepareElements({ items: value, keys: undefined, shape }, walked, options)
  } else if (before === 'o' && isPlainObject(value)) {
    const [items, keys] = [Object.values(value), Object.keys(value)]
    return prepareElements({ items, keys, shape: 'o' }, walk(items, keys, options), options)
  } else if (isMessage(value, options)) {
    return single(value, 'm', encodeAs('m', format, value), options)
  } else if (before === 'b' && options.held && commonStart(options.held, [value], undefined) === 1) {
    return { shape: 'b', base: options.held, keep: 1, slots: [], afresh: false }
  }
  const text = format.stringify(value, options.name)
  if (text.length <= INLINE_CHARS) return { inline: refToValue(text) }
  if (isList(value)) return prepareElements({ items: value, keys: undefined, shape: 'l' }, UNKNOWN, options)
  if (isPlainObject(value)) {
    const keys = Object.keys(value)
    if (keys.length > 0) return prepareElements({ items: Object.values(value), keys, shape: 'o' }, UNKNOWN, options)
  }
  return single(value, 'b', text, options)
}

const isMessage = (value: unknown, { format }: PrepareOptions): boolean => format.history?.accepts(value) === true

function single(value: unknown, shape: Shape, text: string, options: PrepareOptions): Prepared {
  return { shape, base: undefined, keep: 0, slots: [newSlot(value, undefined, text, options)], afresh: false }
}

/** What is held of a value, and how many of its leading elements are, by walk, still that. */
interface Walked {
  held: Held | undefined
  keep: number
}

const UNKNOWN: Walked = { held: undefined, keep: 0 }

function walk(items: unknown[], keys: string[] | undefined, { before, held }: PrepareOptions): Walked {
  if (!held || held.shape !== before) return UNKNOWN
  // What is written anew in any case need not be compared.
  return { held, keep: isShredded(held) ? 0 : commonStart(held, items, keys) }
}

const isShredded = ({ runs }: Held): boolean => runs.length > MAX_RUNS

interface Elements {
  items: unknown[]
  keys: string[] | undefined
  shape: Shape
}

function prepareElements({ items, keys, shape }: Elements, walked: Walked, options: PrepareOptions): Prepared {
  const { held, keep } = walked.held?.shape === shape ? walked : UNKNOWN
  const afresh = held !== undefined && isShredded(held)
  const base = afresh ? undefined : held
  const find = base && keep < base.length ? finder(base, keep) : undefined
  const slots: Slot[] = []
  for (let i = keep; i < items.length; i++) {
    const value = items[i]
    const key = keys?.[i]
    slots.push(find?.(value, key) ?? encodedSlot(value, key, shape, options))
  }
  if (base && find) matchPlaces(base, keep, slots, options)
  return { shape, base, keep, slots, afresh }
}

/** An object that an equal one has taken the place of is the entry that it was. */
function matchPlaces(base: Held, keep: number, slots: Slot[], { entry }: PrepareOptions): void {
  let i = 0
  for (const at of addresses(base.runs)) {
    const slot = slots[i - keep]
    if (i >= keep && slot && !slot.stored && slot.text === entry(at)) slot.stored = at
    i++
  }
}

/** A put is about the objects that a pending write has just been about: what was encoded then need not be again. */
function encodedSlot(value: unknown, key: string | undefined, shape: Shape, options: PrepareOptions): Slot {
  const { format, encoded } = options
  if (key !== undefined) return newSlot(value, key, encodeAs(shape, format, value, key), options)
  const known = encoded.find(shape, value)
  if (known) return { value, key, snapshot: known.snapshot, stored: undefined, text: known.text }
  const slot = newSlot(value, key, encodeAs(shape, format, value), options)
  encoded.note(shape, value, slot)
  return slot
}

function newSlot(value: unknown, key: string | undefined, text: string, { format }: PrepareOptions): Slot {
  return { value, key, snapshot: format.snapshots.take(value), stored: undefined, text }
}

/** History when every element is a message; those that are what they were when they were held need not be asked. */
function listShape(value: unknown[], { held, keep }: Walked, { format, before }: PrepareOptions): Shape {
  if (!format.history) return 'l'
  if (value.length === 0) return before === 'h' ? 'h' : 'l'
  for (let i = held?.shape === 'h' ? keep : 0; i < value.length; i++) if (!format.history.accepts(value[i])) return 'l'
  return 'h'
}

/** A dense array of the built-in kind; others are stored whole. */
function isList(value: unknown): value is unknown[] {
  if (!Array.isArray(value) || Object.getPrototypeOf(value) !== Array.prototype) return false
  for (let i = 0; i < value.length; i++) if (value[i] === undefined && !(i in value)) return false
  return true
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    typeof (value as { toJSON?: unknown }).toJSON !== 'function'
  )
}

/**
 * For a parent whose objects this process does not hold: new slots whose text the parent already has, at the same
 * place or else anywhere, take its address.
 */
export function matchStored(
  slots: Slot[],
  stored: readonly { segment: string; position: number; text: string }[],
): void {
  let places: Map<string, Slot['stored']> | undefined
  for (const [i, slot] of slots.entries()) {
    if (slot.text === undefined || slot.stored) continue
    const same = stored[i]
    if (same && same.text === slot.text) slot.stored = same
    else {
      places ??= new Map(stored.map((entry) => [entry.text, entry]))
      slot.stored = places.get(slot.text)
    }
  }
}
