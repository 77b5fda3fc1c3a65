import type { Commit, Expect, Key, Op } from '../../contract/store.ts'

/** As `lua/prelude.lua` has them. */
const MAGIC = Buffer.from('\0ET1')
const LENGTH_BYTES = 3
const PACKED_BYTES = 16_384
const PACKED_MEMBERS = 64
const REV_BYTES = 7
const UNTIL_BYTES = 6
/** Where a head has its revision, what follows its removeAt, and its newest commits. */
const REV_AT = 3
const AFTER_REMOVE = REV_AT + REV_BYTES + 2 * UNTIL_BYTES
const COMMITS_AT = AFTER_REMOVE + REV_BYTES + 12
const COMMIT_BYTES = 19
const COMMITS_IN_BLOCK = 8
const BLOCKS = 8
const BLOCK = 1
const ENDING = 3
const FIRST_KEY = 0x20

const LIVES_ON: Buffer = Buffer.alloc(UNTIL_BYTES)

/** A partition as it will be, cut where its new revision stands: after its beginning and a gap for the times. */
export interface Swap {
  beginning: Buffer
  pieces: Buffer[]
  /** What is known once it was done, at this revision. */
  landed(rev: number): Packed
}

/** Bytes, with a gap for the new revision where there is `null`. */
type Parts = (Buffer | null)[]

interface Member {
  /** The key of a row; undefined for all that is the store's own. */
  key: Key | undefined
  /** Its length, and what it is. */
  parts: Parts
}

/** A partition that is a string, as this process knows it at a revision: so that a small change needs no script's work. */
export class Packed {
  readonly rev: number
  readonly bytes: number
  readonly #members: Member[]
  /** What follows the head's removeAt. */
  readonly #head: Buffer

  private constructor(rev: number, head: Buffer, members: Member[], bytes: number) {
    this.rev = rev
    this.bytes = bytes
    this.#head = head
    this.#members = members
  }

  /** Undefined for what is no such string, or has rows that end by themselves: whether they have is the server's to say. */
  static from(text: Buffer, rev: number): Packed | undefined {
    if (!text.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
    // A copy: the reply shares its memory with whatever came in the same packet.
    const own = Buffer.from(text)
    const all: Buffer[] = []
    for (let at = MAGIC.length; at < own.length; ) {
      const from = at
      at += LENGTH_BYTES + own.readUIntBE(at, LENGTH_BYTES)
      all.push(own.subarray(from, at))
    }
    const [head, ...rest] = all
    if (!head || rest.some((member) => kindOf(member) === ENDING)) return undefined
    const members = rest.map((member) => ({ key: keyOf(member), parts: [member] }))
    return new Packed(rev, head.subarray(LENGTH_BYTES + AFTER_REMOVE), members, text.length)
  }

  /** What the commit makes of it; undefined when that is for the server to judge, or to say. */
  swap(commit: Commit, id: Buffer): Swap | undefined {
    const { fence, expect = [], index, ops } = commit
    const isPlain = !index && !fence && ops.some((op) => 'put' in op)
    if (!isPlain || this.#remembers(id) || !expect.every((one) => this.#holds(one))) return undefined
    const members = [...this.#members]
    for (const op of ops) if (!apply(op, members)) return undefined
    const commits: Parts = [this.#head.subarray(COMMITS_AT - AFTER_REMOVE), id, null]
    const isFull = sizeOf(commits) >= COMMITS_IN_BLOCK * COMMIT_BYTES
    if (isFull) addBlock(members, commits)
    const head = [this.#head.subarray(0, COMMITS_AT - AFTER_REMOVE), ...(isFull ? [] : commits)]
    const beginning = Buffer.from([...MAGIC, 0, 0, 0, 0, 1, 0])
    beginning.writeUIntBE(AFTER_REMOVE + sizeOf(head), MAGIC.length, LENGTH_BYTES)
    const pieces = cut(head, members)
    const size = beginning.length + REV_BYTES * pieces.length + 2 * UNTIL_BYTES + sizeOf(pieces)
    if (size > PACKED_BYTES || members.length >= PACKED_MEMBERS) return undefined
    return { beginning, pieces, landed: (rev) => Packed.#filled(rev, head, members) }
  }

  static #filled(rev: number, head: Parts, open: Member[]): Packed {
    const revision = Buffer.allocUnsafe(REV_BYTES)
    revision[0] = Math.floor(rev / 2 ** 48)
    revision.writeUIntBE(rev % 2 ** 48, 1, REV_BYTES - 1)
    const filled = (parts: Parts) => Buffer.concat(parts.map((part) => part ?? revision))
    const members = open.map((member) =>
      member.parts.length === 1 ? member : { key: member.key, parts: [filled(member.parts)] },
    )
    const bytes = members.reduce((sum, { parts }) => sum + sizeOf(parts), AFTER_REMOVE)
    return new Packed(rev, filled(head), members, bytes)
  }

  /** Whether the commit has been made before: what came of it then is told by the server. */
  #remembers(id: Buffer): boolean {
    if (isAmong(this.#head, COMMITS_AT - AFTER_REMOVE, id)) return true
    return this.#members.some(({ parts: [block] }) => {
      return block != null && kindOf(block) === BLOCK && isAmong(block, LENGTH_BYTES + 1 + REV_BYTES, id)
    })
  }

  #holds(one: Expect): boolean {
    if ('key' in one) return revisionOf(this.#members.find(({ key }) => key === one.key)) === one.rev
    return (this.#members.find(({ key }) => key?.startsWith(one.prefix))?.key ?? null) === one.first
  }
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
  const at = members.findIndex(({ key }) => key !== undefined && !isBefore(key, name))
  const place = at < 0 ? members.length : at
  const isThere = members[place]?.key === name
  if ('del' in op) {
    if (isThere) members.splice(place, 1)
    return true
  }
  const parts = [Buffer.from(`${name}\0`), null, LIVES_ON, asBuffer(op.value)]
  members.splice(place, isThere ? 1 : 0, { key: name, parts: [lengthOf(parts), ...parts] })
  return true
}

/** Full blocks of commits stand first, the oldest before the others. */
function addBlock(members: Member[], commits: Parts): void {
  const blocks = members.filter(({ parts }) => parts[0] && kindOf(parts[0]) === BLOCK).length
  const parts = [Buffer.from([BLOCK]), null, ...commits]
  members.splice(blocks, 0, { key: undefined, parts: [lengthOf(parts), ...parts] })
  if (blocks >= BLOCKS) members.shift()
}

/** All behind the times, in pieces between which the revision stands. */
function cut(head: Parts, members: Member[]): Buffer[] {
  const pieces: Buffer[] = []
  let piece: Buffer[] = []
  const add = (parts: Parts): void => {
    for (const part of parts) {
      if (part) piece.push(part)
      else {
        pieces.push(Buffer.concat(piece))
        piece = []
      }
    }
  }
  add(head)
  for (const { parts } of members) add(parts)
  pieces.push(Buffer.concat(piece))
  return pieces
}

/** Each commit is its id and its revision. */
function isAmong(bytes: Buffer, from: number, id: Buffer): boolean {
  for (let at = from; at < bytes.length; at += COMMIT_BYTES) {
    if (id.compare(bytes, at, at + id.length) === 0) return true
  }
  return false
}

function lengthOf(parts: Parts): Buffer {
  const length = Buffer.allocUnsafe(LENGTH_BYTES)
  length.writeUIntBE(sizeOf(parts), 0, LENGTH_BYTES)
  return length
}

function sizeOf(parts: Parts): number {
  return parts.reduce((sum, part) => sum + (part?.length ?? REV_BYTES), 0)
}

/** The first byte behind the length. Of a row that was just put only the length is there: a row it is. */
function kindOf(member: Buffer): number {
  return member[LENGTH_BYTES] ?? FIRST_KEY
}

function keyOf(member: Buffer): Key | undefined {
  if (kindOf(member) < FIRST_KEY) return undefined
  return member.toString('utf8', LENGTH_BYTES, member.indexOf(0, LENGTH_BYTES))
}

function revisionOf(member: Member | undefined): number {
  const [row] = member?.parts ?? []
  if (!row) return 0
  const at = row.indexOf(0, LENGTH_BYTES) + 1
  return (row[at] as number) * 2 ** 48 + row.readUIntBE(at + 1, REV_BYTES - 1)
}

/** Bytewise, as Redis has members in order; keys that begin alike differ before their end or by their length. */
function isBefore(one: Key, other: Key): boolean {
  return one !== other && Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
