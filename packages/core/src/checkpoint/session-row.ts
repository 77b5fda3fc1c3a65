import { randomBytes } from 'node:crypto'
import type { IndexEntry } from '../contract/store.ts'

/** The session row, kept by the same commits as everything else of the session. */
export interface SessionRow {
  /** Changes when the session is made and whenever stored entries are removed: what a process knew before is then void. */
  generation: string
  /** Store time, ms since the epoch. */
  createdAt: number
  lastActiveAt: number
  userId: string | undefined
  /** What the runs' configuration said of the session; for lists and filters. */
  metadata: Record<string, unknown> | undefined
  /** Checkpoints that stand in the partition, and messages in the view of the newest one. */
  counts: { checkpoints: number; messages: number }
}

export const newGeneration = (): string => randomBytes(6).toString('base64url')

export function sessionText({ generation, createdAt, lastActiveAt, userId, metadata, counts }: SessionRow): string {
  const row = {
    g: generation,
    c: createdAt,
    a: lastActiveAt,
    u: userId,
    m: metadata,
    n: [counts.checkpoints, counts.messages],
  }
  return JSON.stringify(row)
}

export function parseSession(text: string): SessionRow {
  const row = JSON.parse(text) as {
    g: string
    c: number
    a: number
    u?: string
    m?: Record<string, unknown>
    n: [number, number]
  }
  const counts = { checkpoints: row.n[0], messages: row.n[1] }
  return { generation: row.g, createdAt: row.c, lastActiveAt: row.a, userId: row.u, metadata: row.m, counts }
}

export interface SessionTouch {
  /** Store time, ms. */
  now: number
  userId: string | undefined
  metadata: Record<string, unknown> | undefined
  /** Checkpoints added. */
  checkpoints: number
  /** Messages in the view now. */
  messages: number
}

/** The session row after a commit, and its index entries if they change. */
export function touchSession(
  before: SessionRow | undefined,
  touch: SessionTouch,
): { row: SessionRow; index: IndexEntry[] | undefined } {
  const row: SessionRow = {
    generation: before?.generation ?? newGeneration(),
    createdAt: before?.createdAt ?? touch.now,
    lastActiveAt: Math.max(before?.lastActiveAt ?? 0, touch.now),
    userId: touch.userId ?? before?.userId,
    metadata: touch.metadata ?? before?.metadata,
    counts: { checkpoints: (before?.counts.checkpoints ?? 0) + touch.checkpoints, messages: touch.messages },
  }
  const same =
    before && before.userId === row.userId && JSON.stringify(before.metadata) === JSON.stringify(row.metadata)
  return { row, index: same ? undefined : indexOf(row) }
}

export const SESSIONS_INDEX = 'sessions'
export const userIndex = (userId: string): string => `user/${userId}`

/** Sessions stand in the order in which they were made: of the tenant, and of their user. */
export function indexOf({ createdAt, userId, metadata }: SessionRow): IndexEntry[] {
  const sort = String(Math.floor(createdAt)).padStart(16, '0')
  const value = new TextEncoder().encode(JSON.stringify({ u: userId, m: metadata }))
  const entry = { sort, value }
  return [
    { index: SESSIONS_INDEX, ...entry },
    ...(userId === undefined ? [] : [{ index: userIndex(userId), ...entry }]),
  ]
}
