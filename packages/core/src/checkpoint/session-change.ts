import type { Commit, IndexEntry } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { Fence } from './fence.ts'
import { named } from './history-channel.ts'
import { indexOf, sameIndex } from './session-index.ts'
import { newGeneration, type SessionRow } from './session-row.ts'
import { storeExpiry } from './session-state.ts'

/** What a commit writes of a session beside its content. */
export interface SessionChange {
  row: SessionRow
  /** The index entries, if they change. */
  index?: IndexEntry[]
  expiry?: NonNullable<Commit['expiry']> | null
  /** It had been announced as idle or expired, and is active again. */
  resumed?: true
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
  /** What the session waits for from now on. */
  waiting: readonly string[]
  /** The channel that holds the history; undefined: whichever it was. */
  historyChannel?: string | undefined
}

/** The session after a commit of its content. That is activity. */
export function touchSession(id: string, before: SessionRow | undefined, touch: SessionTouch): SessionChange {
  const { waiting: _, historyChannel, ...rest } = activeRow(before ?? newRow(touch.now), touch.now)
  const { userId, metadata } = rest
  const said = { userId: touch.userId ?? userId, metadata: touch.metadata ?? metadata }
  const row: SessionRow = {
    ...rest,
    ...(rest.managed ? { metadata: metadata ?? touch.metadata } : said),
    ...(touch.historyChannel === undefined ? historyChannel && { historyChannel } : named(touch.historyChannel)),
    ...(touch.waiting.length === 0 || !rest.expiry ? {} : { waiting: touch.waiting }),
    counts: { checkpoints: rest.counts.checkpoints + touch.checkpoints, messages: touch.messages },
  }
  return { ...changeOf(id, before, row, touch.now), ...resumed(before) }
}

/** Those who heard that it was idle, or had expired, are to hear that it is no longer. */
export const resumed = (before: SessionRow | undefined): { resumed?: true } =>
  before?.announced === undefined ? {} : { resumed: true }

/** The row of a session that something has just happened in. */
export function activeRow({ announced: _, ...row }: SessionRow, now: number): SessionRow {
  return { ...row, lastActiveAt: Math.max(row.lastActiveAt, now) }
}

export function newRow(now: number): SessionRow {
  return {
    generation: newGeneration(),
    createdAt: now,
    lastActiveAt: now,
    userId: undefined,
    metadata: undefined,
    counts: { checkpoints: 0, messages: 0 },
  }
}

/** A new session's entries and times always go along: what stood in its place may have left a time of its own. */
export function changeOf(id: string, before: SessionRow | undefined, row: SessionRow, now: number): SessionChange {
  return {
    row,
    ...(before && sameIndex(before, row) ? {} : { index: indexOf(id, row) }),
    ...(before && !before.expiry && !row.expiry ? {} : { expiry: storeExpiry(row, now) }),
  }
}

/** Which session a caller means: not one of another user, nor one made later under the same id. */
export interface Owner {
  userId: string | undefined
  createdAt: number
}

export const isOf = (row: SessionRow, { userId, createdAt }: Owner): boolean =>
  row.userId === userId && row.createdAt === createdAt

/** @throws `SESSION_NOT_FOUND` when the session is not, or no longer, the one that the caller opened */
export function assertOwner(row: SessionRow | undefined, owner: Owner | undefined): void {
  if (!owner || (row && isOf(row, owner))) return
  throw new EverthreadError('SESSION_NOT_FOUND', 'The session is no longer there: get it again, or make another', {
    committed: 'no',
  })
}

/**
 * What was archived, or ended, takes nothing in. A turn that began before may finish.
 *
 * @throws `SESSION_ARCHIVED`, `SESSION_EXPIRED`
 */
export function assertOpen(row: SessionRow | undefined, fence: Fence | undefined): void {
  const closedAt = row?.archivedAt ?? row?.endedAt
  if (closedAt === undefined || (fence?.since ?? Number.POSITIVE_INFINITY) <= closedAt) return
  const [code, what] =
    row?.archivedAt === undefined ? ['SESSION_EXPIRED', 'has ended'] : ['SESSION_ARCHIVED', 'is archived']
  throw new EverthreadError(code as string, `The session ${what}: restore it before it is written to`, {
    committed: 'no',
  })
}
