import { createHash, hash } from 'node:crypto'
import type { Commit, Expect, IndexEntry, Op } from '../../contract/store.ts'
import type { Argument } from './connection.ts'
import { prefixBounds } from './rows.ts'

const DIGEST_BYTES = 12

/** What a partition without index entries has for a digest. */
export const NO_INDEX: Buffer = Buffer.alloc(DIGEST_BYTES)

/** Index entries that were added before the commit: under which index revision of the partition, and when (us). */
export interface Staging {
  indexRev: string
  at: string
}

/** What stays the same over all tries of a commit, in two parts: before and after its staging. */
export interface CommitArguments {
  before: (ageMs?: number) => Argument[]
  indexDigest: Buffer | ''
  after: Argument[]
}

/** What a commit's id is remembered as. */
export function commitDigest({ id }: Commit): Buffer {
  return hash('sha256', `${Buffer.byteLength(id)}:${id}`, 'buffer').subarray(0, DIGEST_BYTES)
}

/** When the partition expires from then on, and is removed, in ms: '' keep, or 'clear'. */
export function expiryArguments({ expiry }: Commit): [expiresIn: string, removeIn: string] {
  if (!expiry) return [expiry === undefined ? '' : 'clear', '']
  return [String(expiry.expiresInMs), String(expiry.removeInMs)]
}

export function commitArguments(commit: Commit, id: Buffer, channel: string): CommitArguments {
  const { fence, expect = [], ops, index, known } = commit
  return {
    before: (ageMs) => [
      id,
      ageMs === undefined ? '' : String(Math.ceil(ageMs) + 1_000),
      channel,
      known === undefined ? '' : '1',
      ...expiryArguments(commit),
    ],
    indexDigest: index ? indexDigest(index) : '',
    after: [
      ...indexArguments(index ?? []),
      fence?.key ?? '',
      String(fence?.rev ?? 0),
      String(expect.length),
      ...expect.flatMap(expectArguments),
      ops.some((op) => 'put' in op) ? '1' : '',
      String(ops.length),
      ...ops.flatMap(opArguments),
    ],
  }
}

function indexArguments(entries: IndexEntry[]): Argument[] {
  return [
    String(entries.length),
    ...entries.flatMap(({ index, sort, value }) => [
      index,
      sort,
      value ? Buffer.concat([Buffer.from('1'), value]) : '0',
    ]),
  ]
}

function expectArguments(expect: Expect): Argument[] {
  return 'key' in expect ? ['key', expect.key, String(expect.rev)] : ['first', expect.prefix, expect.first ?? '']
}

function opArguments(op: Op): Argument[] {
  if ('put' in op) return ['put', op.put, op.ttlMs === undefined ? '' : String(op.ttlMs), asBuffer(op.value)]
  if ('touch' in op) return ['touch', op.touch, String(op.ttlMs)]
  if ('del' in op) return ['del', op.del]
  return ['range', ...prefixBounds(op.delPrefix)]
}

function indexDigest(entries: IndexEntry[]): Buffer {
  if (entries.length === 0) return NO_INDEX
  const lines = entries
    .map(({ index, sort, value }) => digest([index, sort, value ? asBuffer(value) : 0]))
    .sort(Buffer.compare)
  return digest(lines)
}

/** Short and of one length, whatever it is of. */
function digest(parts: (string | Buffer | 0)[]): Buffer {
  const running = createHash('sha256')
  for (const part of parts) {
    const bytes = part === 0 ? undefined : Buffer.from(part)
    running.update(`${bytes?.length ?? '-'}:`)
    if (bytes) running.update(bytes)
  }
  return running.digest().subarray(0, DIGEST_BYTES)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
