import { type Appended, type PackedAppended, packAppended, unpackAppended } from '../checkpoint/appended.ts'
import type { LoadedCheckpoint } from '../checkpoint/loader.ts'
import { createSerialiser } from '../codec/serialise.ts'

export interface SavedCheckpoint {
  id: string
  /** The one before it, or that was restored before it was saved. */
  parentId: string | undefined
  /** Store time, ms since the epoch. */
  createdAt: number
  label: string | undefined
  /** As it was saved: of any kind that the serialiser knows. */
  data: unknown
}

/** What a saved checkpoint knows beside its data. Short names: there is one for each. */
interface Header {
  /** When it was made, and until when it lives. */
  t: number
  u?: number
  /** It was deleted, and stands only because it is the newest. */
  x?: 1
  l?: string
  /** The names of the data's own properties; absent: the data is no plain object. */
  k?: string[]
  /** Where the session stood. */
  at: { i: string; m: number } & PackedAppended
}

/** Where the session stood when a checkpoint was saved. */
export interface SavedPlace {
  id: string
  appended: Appended
  messages: number
}

/** Every property of the data is a channel, so that one which has not changed is stored once. */
const PROPERTY = 'd'
const WHOLE = 'v'
/** The history, by reference: it stays as long as the checkpoint. */
export const HISTORY = 'h'

const { stringify, parse } = createSerialiser()

/** The data as channels, in a copy of its own. */
export function channelsOf(data: unknown): { changed: Map<string, unknown>; keys: string[] | undefined } {
  const own = parse(stringify(data, 'checkpoint'))
  if (!isPlain(own)) return { changed: new Map([[WHOLE, own]]), keys: undefined }
  const keys = Object.keys(own)
  return { changed: new Map(keys.map((key) => [PROPERTY + key, own[key]])), keys }
}

export function headerOf(
  { now, ttl, label }: { now: number; ttl: number | undefined; label: string | undefined },
  keys: string[] | undefined,
  { id, appended, messages }: SavedPlace,
): Header {
  return {
    t: now,
    ...(ttl === undefined ? {} : { u: now + ttl }),
    ...(label === undefined ? {} : { l: label }),
    ...(keys === undefined ? {} : { k: keys }),
    at: { i: id, m: messages, ...packAppended(appended) },
  }
}

type Stored = Pick<LoadedCheckpoint, 'id' | 'parentId' | 'header' | 'channels'>

export function savedFrom({ id, parentId, header, channels }: Stored): SavedCheckpoint {
  const { t, l, k } = header as Header
  return { id, parentId, createdAt: t, label: l, data: k ? objectOf(k, channels) : channels[WHOLE] }
}

/** Whether it has ended: it was deleted, or its time is over. */
export function isOver({ header }: { header: unknown }, now: number): boolean {
  const { u = Number.POSITIVE_INFINITY, x } = header as Header
  return x === 1 || u <= now
}

export const deletedHeader = (header: unknown): Header => ({ t: (header as Header).t, x: 1, at: { i: '', m: 0 } })

export function placeOf({ header }: LoadedCheckpoint): SavedPlace {
  const { i, m, ...packed } = (header as Header).at
  return { id: i, messages: m, appended: unpackAppended(packed) }
}

function objectOf(keys: readonly string[], channels: Record<string, unknown>): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const key of keys) {
    const value = channels[PROPERTY + key]
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return object
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
