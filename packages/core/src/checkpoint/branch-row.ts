import { joinKey } from '../contract/key.ts'
import type { Key } from '../contract/store.ts'
import { type Appended, type PackedAppended, packAppended, unpackAppended } from './appended.ts'
import { parseStored } from './stored.ts'

/** Where a branch stands: its checkpoint, and the messages behind it. */
export interface Head {
  id: string
  appended: Appended
}

/** What a branch was made from; nothing: from the beginning. */
export interface BranchOrigin {
  message?: string
  checkpoint?: string
}

export interface BranchRow {
  name: string
  /** Store time, ms since the epoch. */
  createdAt: number
  from: BranchOrigin
  /** Of every branch but the current one, which stands at the tip. */
  head: Head | undefined
  /** Messages in its history. */
  messages: number
}

export const BRANCHES_PREFIX: Key = 'b/'
export const branchKey = (id: string): Key => joinKey('b', id)

export function branchText({ name, createdAt, from, head, messages }: BranchRow): string {
  const at = head && { i: head.id, ...packAppended(head.appended) }
  return JSON.stringify({ n: name, c: createdAt, f: from, h: at, m: messages })
}

export function parseBranch(text: string): BranchRow {
  return parseStored('branch', () => {
    const { n, c, f, h, m } = JSON.parse(text) as {
      n: string
      c: number
      f: BranchOrigin
      h?: { i: string } & PackedAppended
      m: number
    }
    return { name: n, createdAt: c, from: f, head: h && { id: h.i, appended: unpackAppended(h) }, messages: m }
  })
}
