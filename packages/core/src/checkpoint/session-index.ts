import { createHash } from 'node:crypto'
import { joinKey } from '../contract/key.ts'
import type { IndexEntry } from '../contract/store.ts'
import type { SessionRow } from './session-row.ts'
import { dueAt } from './session-state.ts'

export const SESSIONS_INDEX = 'sessions'
export const userIndex = (userId: string): string => joinKey('user', userId)
export const agentIndex = (agentId: string): string => joinKey('agent', agentId)

/** The sessions that a sweep will have to look at stand in so many parts, so that several processes can share them. */
export const DUE_PARTS = 16
export const dueIndex = (part: number): string => `due/${part}`

/** Fixed width, so that byte order is time order. */
export const sortOf = (time: number): string => String(Math.max(0, Math.floor(time))).padStart(16, '0')

/**
 * A session stands in the order of creation among those of the tenant, of its user and of its agent. When it is due is
 * written only now and then: activity, which puts it off, does not write it. A sweep corrects it.
 */
export function indexOf(id: string, row: SessionRow): IndexEntry[] {
  const sort = sortOf(row.createdAt)
  const due = dueAt(row)
  return [
    { index: SESSIONS_INDEX, sort },
    ...(row.userId === undefined ? [] : [{ index: userIndex(row.userId), sort }]),
    ...(row.agentId === undefined ? [] : [{ index: agentIndex(row.agentId), sort }]),
    ...(due === undefined ? [] : [{ index: dueIndex(partOf(id)), sort: sortOf(due) }]),
  ]
}

const partOf = (id: string): number => (createHash('sha1').update(id).digest()[0] as number) % DUE_PARTS

/** Whether the entries of one have to be written for the other; when it is due comes along only then. */
export function sameIndex(before: SessionRow, after: SessionRow): boolean {
  return (
    before.userId === after.userId &&
    before.agentId === after.agentId &&
    before.announced === after.announced &&
    before.archivedAt === after.archivedAt &&
    before.endedAt === after.endedAt &&
    JSON.stringify(before.expiry) === JSON.stringify(after.expiry)
  )
}
