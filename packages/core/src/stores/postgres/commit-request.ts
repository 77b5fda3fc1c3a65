import { createHash } from 'node:crypto'
import type { Bytes, Commit, IndexEntry, Op, Partition } from '../../contract/store.ts'
import { fingerprint } from '../sql/commit-fingerprint.ts'
import { rangeOf } from '../sql/key-range.ts'

/** Above every key and sort: both have at most 1,024 bytes. */
export const TOP: string = '\u{10ffff}'.repeat(260)

/** How much of a commit's fingerprint is remembered: one in 2^58 commits is taken for another one of 64. */
export const PRINT_BYTES = 8
const SCOPE_BYTES = 12

/** A commit as `commit_v3` takes it; values are places in the blob: `a`, their start, and `l`, their length. */
export type CommitRequest = Record<string, unknown>

/** Gathers the values of a statement, which travel as one binary parameter. */
export class Blob {
  readonly #parts: Bytes[] = []
  #length = 0

  add(value: Bytes): { a: number; l: number } {
    const place = { a: this.#length, l: value.length }
    this.#parts.push(value)
    this.#length += value.length
    return place
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }
}

export function commitRequest(partition: Partition, commit: Commit, blob: Blob): CommitRequest {
  const { id, fence, expect = [], ops, expiry, index } = commit
  const byKey = expect.filter((it) => 'key' in it).map(({ key, rev }) => ({ k: key, r: rev }))
  const byPrefix = expect.filter((it) => 'prefix' in it).map(({ prefix, first }) => ({ ...bounds(prefix), f: first }))
  return {
    t: partition.tenant,
    p: partition.id,
    id: Buffer.from(fingerprint(id).subarray(0, PRINT_BYTES)).toString('hex'),
    ...(fence ? { fence: [{ k: fence.key, r: fence.rev }] } : {}),
    ...(byKey.length > 0 ? { expect: byKey } : {}),
    ...(byPrefix.length > 0 ? { first: byPrefix } : {}),
    ops: groupOps(ops, blob),
    ...(expiry === undefined ? {} : { expiry: expiry && [expiry.expiresInMs, expiry.removeInMs] }),
    ...(index ? { index: index.map((entry) => indexRequest(partition.tenant, entry, blob)) } : {}),
  }
}

/** What an index's entries are found by: fixed in length, as the database bounds the size of an index line. */
export function scopeOf(tenant: string, index: string): Buffer {
  return createHash('sha256').update(`${tenant}\0${index}`).digest().subarray(0, SCOPE_BYTES)
}

function indexRequest(tenant: string, { index, sort, value }: IndexEntry, blob: Blob): Record<string, unknown> {
  return { s: scopeOf(tenant, index).toString('hex'), o: sort, ...(value && blob.add(value)) }
}

function bounds(prefix: string): { lo: string; hi: string } {
  const { from, to = TOP } = rangeOf(prefix)
  return { lo: from, hi: to }
}

type Group = { put: unknown[] } | { touch: unknown[] } | { del: string[] } | { lo: string; hi: string }

/** Neighbours of one kind become one statement, as long as none names a key twice: order matters then. */
function groupOps(ops: Op[], blob: Blob): Group[] {
  const groups: Group[] = []
  let kind: string | undefined
  let items: unknown[] = []
  let keys = new Set<string>()
  const add = (name: 'put' | 'touch' | 'del', key: string, item: unknown): void => {
    if (kind !== name || keys.has(key)) {
      kind = name
      items = []
      keys = new Set()
      groups.push({ [name]: items } as Group)
    }
    items.push(item)
    keys.add(key)
  }
  for (const op of ops) {
    if ('put' in op) add('put', op.put, { k: op.put, ...blob.add(op.value), ...(op.ttlMs ? { ttl: op.ttlMs } : {}) })
    else if ('touch' in op) add('touch', op.touch, { k: op.touch, ttl: op.ttlMs })
    else if ('del' in op) add('del', op.del, op.del)
    else {
      kind = undefined
      groups.push(bounds(op.delPrefix))
    }
  }
  return groups
}
