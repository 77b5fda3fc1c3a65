import { createSerialiser, EverthreadError, joinKey, type Key, lastSegment, type Row } from '@everthread/core'
import type { Item } from '@langchain/langgraph-checkpoint'

/**
 * Where everything of a namespace stands in its partition.
 *
 * | key | value |
 * |---|---|
 * | `n` | that the namespace has items, and until when the partition lives |
 * | `i/<key>` | an item |
 * | `v/<key>` | its vectors |
 */
export const MARK: Key = 'n'
export const ITEMS: Key = 'i/'
export const itemKey = (key: string): Key => joinKey('i', key)
export const vectorsKey = (key: string): Key => joinKey('v', key)
export const keyOf = (row: Row): string => lastSegment(row.key)

export interface StoredItem {
  value: Record<string, unknown>
  /** Store time, ms since the epoch. */
  createdAt: number
  updatedAt: number
  /** How long it lives after it was put, or read, ms. */
  ttlMs: number | undefined
}

const { stringify, parse } = createSerialiser()
const decoder = new TextDecoder()
const encoder = new TextEncoder()

/**
 * The value as text, of this moment.
 *
 * @throws `ITEM_INVALID`, and for what cannot be stored `VALUE_UNSUPPORTED`, `VALUE_CYCLIC`, `VALUE_TOO_DEEP`
 */
export function valueText(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return stringify(value, 'the item')
  throw new EverthreadError('ITEM_INVALID', 'Give the value of an item as an object, or null to delete it')
}

export function encodeItem(text: string, { createdAt, updatedAt, ttlMs }: Omit<StoredItem, 'value'>): Uint8Array {
  const life = ttlMs === undefined ? '' : `,"t":${ttlMs}`
  return encoder.encode(`{"v":${text},"c":${createdAt},"u":${updatedAt}${life}}`)
}

export function decodeItem({ value }: Row): StoredItem {
  const { v, c, u, t } = parse(decoder.decode(value)) as {
    v: Record<string, unknown>
    c: number
    u: number
    t?: number
  }
  return { value: v, createdAt: c, updatedAt: u, ttlMs: t }
}

export function toItem(namespace: readonly string[], key: string, { value, createdAt, updatedAt }: StoredItem): Item {
  return { namespace: [...namespace], key, value, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) }
}

/** @throws `ITEM_KEY_INVALID` */
export function checkItemKey(key: unknown): string {
  if (typeof key === 'string' && key !== '' && key.isWellFormed()) return key
  throw new EverthreadError('ITEM_KEY_INVALID', 'Give the key of an item as a string that is not empty')
}
