import type { Bytes, Key, Op, Read, Row } from '../contract/store.ts'
import { compareBytewise, countBefore } from './key-order.ts'

type PrefixRead = Exclude<Read, { get: Key[] } | { below: number }>

/** How many rows with a ttl one commit looks at to forget the dead ones. */
const SWEPT_ROWS = 16

/** The rows of one partition, in bytewise order of their keys. */
export class MemoryRows {
  readonly #rows = new Map<Key, Row>()
  readonly #keys: Key[] = []
  /** Rows with an `until`, the longest unchecked first. */
  readonly #mortal = new Set<Key>()

  get(key: Key, now: number): Row | undefined {
    const row = this.#rows.get(key)
    return row && isLive(row, now) ? row : undefined
  }

  first(prefix: Key, now: number): Row | undefined {
    return this.range({ prefix, limit: 1 }, now).rows[0]
  }

  range(read: PrefixRead, now: number): { rows: Row[]; more: boolean } {
    const { prefix, from = prefix, to, limit, maxBytes = Number.POSITIVE_INFINITY } = read
    const start = read.floor ? this.#floor(prefix, from, now) : this.#start(prefix, from)
    const end = countBefore(
      this.#keys,
      (key) => isUpTo(key, prefix) && (to === undefined || compareBytewise(key, to) < 0),
    )
    const rows: Row[] = []
    let bytes = 0
    for (let step = 0; step < end - start; step++) {
      const row = this.get(this.#keys[read.reverse ? end - 1 - step : start + step] as Key, now)
      if (!row) continue
      bytes += row.value.length
      if (rows.length === limit || (rows.length > 0 && bytes > maxBytes)) return { rows, more: true }
      rows.push(row)
    }
    return { rows, more: false }
  }

  /** The row at `key` and the rows under `key/`. */
  subtree(key: Key, limit: number, now: number): { rows: Row[]; more: boolean } {
    const own = this.get(key, now)
    const under = this.range({ prefix: `${key}/`, limit }, now)
    if (!own) return under
    return { rows: [own, ...under.rows.slice(0, limit - 1)], more: under.more || under.rows.length === limit }
  }

  apply(op: Op, rev: number, now: number): void {
    if ('put' in op) this.#put(op.put, op.value, rev, op.ttlMs === undefined ? undefined : now + op.ttlMs)
    else if ('touch' in op) {
      const row = this.get(op.touch, now)
      if (row) this.#put(op.touch, row.value, rev, now + op.ttlMs)
    } else if ('del' in op) this.#delete(op.del)
    else this.#deletePrefix(op.delPrefix)
  }

  sweep(now: number): void {
    let checked = 0
    for (const key of this.#mortal) {
      if (checked++ === SWEPT_ROWS) return
      if (!this.get(key, now)) this.#delete(key)
      else {
        this.#mortal.delete(key)
        this.#mortal.add(key)
      }
    }
  }

  #put(key: Key, value: Bytes, rev: number, until: number | undefined): void {
    if (!this.#rows.has(key)) this.#keys.splice(this.#start('', key), 0, key)
    this.#rows.set(key, { key, rev, value: new Uint8Array(value), ...(until === undefined ? {} : { until }) })
    this.#mortal.delete(key)
    if (until !== undefined) this.#mortal.add(key)
  }

  #delete(key: Key): void {
    if (!this.#rows.delete(key)) return
    this.#mortal.delete(key)
    this.#keys.splice(this.#start('', key), 1)
  }

  #deletePrefix(prefix: Key): void {
    const start = this.#start(prefix, prefix)
    const end = countBefore(this.#keys, (key) => isUpTo(key, prefix))
    for (const key of this.#keys.splice(start, end - start)) {
      this.#rows.delete(key)
      this.#mortal.delete(key)
    }
  }

  #start(prefix: Key, from: Key): number {
    const first = compareBytewise(from, prefix) > 0 ? from : prefix
    return countBefore(this.#keys, (key) => compareBytewise(key, first) < 0)
  }

  #floor(prefix: Key, from: Key, now: number): number {
    let at = countBefore(this.#keys, (key) => isUpTo(key, prefix) && compareBytewise(key, from) <= 0) - 1
    for (; at >= 0 && this.#keys[at]?.startsWith(prefix); at--) {
      if (this.get(this.#keys[at] as Key, now)) return at
    }
    return this.#start(prefix, from)
  }
}

function isLive(row: Row, now: number): boolean {
  return row.until === undefined || now < row.until
}

/** Whether the key sorts before, or lies in, the range of keys that start with the prefix. */
function isUpTo(key: Key, prefix: Key): boolean {
  return key.startsWith(prefix) || compareBytewise(key, prefix) < 0
}
