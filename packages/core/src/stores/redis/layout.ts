import type { Commit, Expect, Key, Op } from '../../contract/store.ts'
import type { Argument } from './connection.ts'

/** As `lua/prelude.lua` has them. */
const MAGIC = Buffer.from('\0ET1')
const LENGTH_BYTES = 3
const PACKED_MEMBERS = 64
const REV_BYTES = 7
const UNTIL_BYTES = 6
const HEAD = 0
const BLOCK = 1
const BLOCKS = 8
const ENDING = 3
const FIRST_KEY = 0x20
/** About what a member takes here, beside its key. */
const MEMBER_WEIGHT = 64

/** What stands behind the head and the blocks of commits of a partition that is a string. */
interface Member {
  /** The key of a row; undefined for all that is the store's own. */
  key: Key | undefined
  /** The row's revision; 0 while it is only to be put. */
  rev: number
  /** Bytes from there on where it begins, as the string is now; undefined for a row that is to be put. */
  at: number | undefined
  size: number
  value?: Uint8Array
}

/** What becomes of a partition that is a string. */
export interface Swap {
  /** The new rows, each with the stretch that stays before it, as `lua/swap-n.lua` has them. */
  parts: Argument[]
  /** Bytes of the string. */
  bytes: number
  /** What is known once it was done, at this revision. */
  landed(rev: number): Layout
}

/**
 * Where everything stands in a partition that is a string, as this process knows it at a revision: so that a small change
 * to it needs but little of the server's work.
 */
export class Layout {
  readonly rev: number
  readonly #members: readonly Member[]

  private constructor(rev: number, members: readonly Member[]) {
    this.rev = rev
    this.#members = members
  }

  /** Undefined for what is no such string, or has rows that end by themselves: whether they have is the server's to say. */
  static of(text: Buffer, rev: number): Layout | undefined {
    if (!text.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
    const members: Member[] = []
    let size: number
    let base = MAGIC.length
    for (let at = base; at < text.length; at += size) {
      size = LENGTH_BYTES + text.readUIntBE(at, LENGTH_BYTES)
      const kind = text[at + LENGTH_BYTES] as number
      if (kind === ENDING) return undefined
      if (kind === HEAD || kind === BLOCK) base = at + size
      else members.push(memberAt(text, at, at - base, size))
    }
    return base === MAGIC.length ? undefined : new Layout(rev, members)
  }

  /** About what it takes here. */
  get weight(): number {
    return this.#members.reduce((sum, { key = '' }) => sum + MEMBER_WEIGHT + key.length, MEMBER_WEIGHT)
  }

  /** What the commit makes of it; undefined when that is for the server to judge, or to say. */
  swap({ fence, expect = [], index, ops }: Commit): Swap | undefined {
    const isPlain = !index && !fence && ops.some((op) => 'put' in op)
    if (!isPlain || !expect.every((one) => this.#holds(one))) return undefined
    const members = [...this.#members]
    for (const op of ops) if (!apply(op, members)) return undefined
    if (members.length > PACKED_MEMBERS - BLOCKS - 1) return undefined
    return {
      parts: partsOf(members),
      bytes: members.reduce((sum, { size }) => sum + size, 0),
      landed: (rev) => new Layout(rev, placed(members, rev)),
    }
  }

  #holds(one: Expect): boolean {
    if ('key' in one) return (this.#members.find(({ key }) => key === one.key)?.rev ?? 0) === one.rev
    return (this.#members.find(({ key }) => key?.startsWith(one.prefix))?.key ?? null) === one.first
  }
}

function memberAt(text: Buffer, from: number, at: number, size: number): Member {
  if ((text[from + LENGTH_BYTES] as number) < FIRST_KEY) return { key: undefined, rev: 0, at, size }
  const keyEnd = text.indexOf(0, from + LENGTH_BYTES)
  const rev = (text[keyEnd + 1] as number) * 2 ** 48 + text.readUIntBE(keyEnd + 2, REV_BYTES - 1)
  return { key: text.toString('utf8', from + LENGTH_BYTES, keyEnd), rev, at, size }
}

/** False for what only the server can do. */
function apply(op: Op, members: Member[]): boolean {
  if ('touch' in op || ('put' in op && op.ttlMs !== undefined)) return false
  if ('delPrefix' in op) {
    const kept = members.filter(({ key }) => !key?.startsWith(op.delPrefix))
    members.splice(0, members.length, ...kept)
    return true
  }
  const name = 'put' in op ? op.put : op.del
  const same = members.findIndex(({ key }) => key === name)
  if ('del' in op) {
    if (same >= 0) members.splice(same, 1)
    return true
  }
  const { value } = op
  const size = LENGTH_BYTES + Buffer.byteLength(name) + 1 + REV_BYTES + UNTIL_BYTES + value.length
  const row = { key: name, rev: 0, at: undefined, size, value }
  if (same >= 0) members[same] = row
  else members.splice(placeOf(name, members), 0, row)
  return true
}

/** Bytewise, as Redis has members in order; keys that begin alike differ before their end or by their length. */
function placeOf(name: Key, members: Member[]): number {
  const bytes = Buffer.from(name)
  const next = members.findIndex(({ key }) => key !== undefined && Buffer.compare(bytes, Buffer.from(key)) < 0)
  return next < 0 ? members.length : next
}

/** For each stretch that stays: where it begins and ends, and key and value of the row behind it ('' none). */
function partsOf(members: Member[]): Argument[] {
  const parts: Argument[] = []
  let [from, to] = [0, 0]
  const add = (key: string, value: Argument): void => {
    parts.push(String(from), String(to), key, value)
    from = to
  }
  for (const { key = '', at, size, value } of members) {
    if (at === undefined) {
      add(key, asBuffer(value as Uint8Array))
      continue
    }
    if (at !== to) {
      if (to > from) add('', '')
      from = at
    }
    to = at + size
  }
  if (to > from) add('', '')
  return parts
}

/** Where everything stands once it is written. */
function placed(members: Member[], rev: number): Member[] {
  let end = 0
  return members.map((member) => {
    const at = end
    end += member.size
    if (member.at === at) return member
    return { key: member.key, rev: member.at === undefined ? rev : member.rev, at, size: member.size }
  })
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
