import { randomUUID } from 'node:crypto'
import type { Commit, Expect, Op } from '@everthread/core'
import type { Known, KnownRow } from './known.ts'
import { DATA, dataKey, META } from './layout.ts'
import { encodeMeta, type Meta } from './meta.ts'

const encoder = new TextEncoder()

/** One commit to a session in the making, from what is known of it. */
export class Draft {
  readonly #known: Known
  readonly #writes: Map<string, string | undefined> = new Map()
  readonly #expected: Set<string> = new Set()
  #meta: Meta | undefined
  #moved = false

  constructor(known: Known) {
    this.#known = known
  }

  get meta(): Meta {
    return this.#meta ?? this.#known.meta
  }

  /** What stands under the names. With `expect`, it must stand there still when the commit lands. */
  rows(): ReadonlyMap<string, string> {
    const all = new Map([...this.#known.rows].map(([name, { text }]) => [name, text]))
    for (const [name, text] of this.#writes) {
      if (text === undefined) all.delete(name)
      else all.set(name, text)
    }
    return all
  }

  /** The commit lands only if this row is as it is known. */
  expect(name: string): void {
    this.#expected.add(name)
  }

  /** Undefined removes. */
  write(name: string, text: string | undefined): void {
    this.#writes.set(name, text)
  }

  /** The row about the session must then be as it is known, too. */
  writeMeta(meta: Meta): void {
    this.#meta = meta
  }

  /** The session's end is moved even if nothing is written. */
  moveEnd(): void {
    this.#moved = true
  }

  get isEmpty(): boolean {
    return this.#writes.size === 0 && !this.#meta && !this.#moved
  }

  get expected(): ReadonlySet<string> {
    return this.#expected
  }

  /**
   * @param left - ms until the session ends from then on
   * @param known - the revision that the outcome is to say whether it follows on
   */
  commit(left: number, known?: number): Commit {
    const rowsExpected = [...this.#expected].map((name): Expect => ({ key: dataKey(name), rev: this.#revOf(name) }))
    // Whoever destroyed the session removed this row: so nothing can bring it back.
    const alive: Expect = this.#meta ? { key: META, rev: this.#known.metaRev } : { prefix: META, first: META }
    const ops = [...this.#writes].map(
      ([name, text]): Op => (text === undefined ? { del: dataKey(name) } : put(name, text)),
    )
    if (this.#meta) ops.unshift({ put: META, value: encoder.encode(encodeMeta(this.#meta)) })
    const expected = { expect: [alive, ...rowsExpected], ...(known === undefined ? {} : { known }) }
    return { id: randomUUID(), ...expected, ops, expiry: expiryOf(left) }
  }

  /** What is known once the commit has landed on what was known. */
  landed({ rev, now }: { rev: number; now: number }, left: number, before: Known = this.#known): Known {
    const rows = new Map<string, KnownRow>(before.rows)
    for (const [name, text] of this.#writes) {
      if (text === undefined) rows.delete(name)
      else rows.set(name, { rev, text })
    }
    const metaRev = this.#meta ? rev : before.metaRev
    const moment = { storeTime: now, readAt: performance.now(), expiresAt: now + Math.ceil(left) }
    return { rev, meta: this.#meta ?? before.meta, metaRev, rows, ...moment }
  }

  #revOf(name: string): number {
    return this.#known.rows.get(name)?.rev ?? 0
  }
}

/** A session as a whole, in place of whatever had its id. */
export function firstCommit(meta: Meta, rows: ReadonlyMap<string, string>, left: number): Commit {
  const ops: Op[] = [{ delPrefix: DATA }, { put: META, value: encoder.encode(encodeMeta(meta)) }]
  for (const [name, text] of rows) ops.push(put(name, text))
  return { id: randomUUID(), known: 0, ops, expiry: expiryOf(left) }
}

function put(name: string, text: string): Op {
  return { put: dataKey(name), value: encoder.encode(text) }
}

function expiryOf(left: number): { expiresInMs: number; removeInMs: number } {
  const ms = Math.max(1, Math.ceil(left))
  return { expiresInMs: ms, removeInMs: ms }
}
