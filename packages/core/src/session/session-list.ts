import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { agentIndex, SESSIONS_INDEX, sortOf, userIndex } from '../checkpoint/session-index.ts'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { type SessionState, stateOf } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import { checkName } from './session-fields.ts'

/** Which sessions. All that is given must hold. */
export interface SessionFilter {
  userId?: string
  agentId?: string
  state?: SessionState
  kind?: string
  /** Active at or after this time, ms since the epoch. */
  activeSince?: number
}

export interface ListSessions extends SessionFilter {
  /** At most this many. Default 20, at most 1,000. */
  limit?: number
  cursor?: string
}

export interface FoundSession {
  id: string
  row: SessionRow
}

/** Made at or after `from` and before `to`, ms. */
export interface Made {
  from?: number
  to?: number
}

const PAGE = 200
const MOST = 1_000
const DEFAULT_LIMIT = 20
const STATES: readonly string[] = ['active', 'idle', 'archived', 'expired'] satisfies SessionState[]

/** A page of sessions, newest first, with the cursor to those after it. */
export async function listRows(
  engine: CheckpointEngine,
  { limit = DEFAULT_LIMIT, cursor, ...filter }: ListSessions,
): Promise<{ found: FoundSession[]; cursor: string | undefined }> {
  const found: FoundSession[] = []
  let at = cursor
  do {
    const page = await pageOf(engine, filter, { limit: Math.min(PAGE, limit - found.length), cursor: at })
    found.push(...page.found)
    at = page.cursor
  } while (at !== undefined && found.length < limit)
  return { found, cursor: at }
}

/** All sessions, newest first, a page in memory at a time. */
export async function* eachRow(
  engine: CheckpointEngine,
  filter: SessionFilter,
  made: Made = {},
): AsyncGenerator<FoundSession> {
  let cursor: string | undefined
  do {
    const page = await pageOf(engine, filter, { limit: PAGE, cursor, ...made })
    yield* page.found
    cursor = page.cursor
  } while (cursor !== undefined)
}

/** How many there are: an index that is of just these sessions is counted, and none of them is read. */
export async function countRows(engine: CheckpointEngine, filter: SessionFilter): Promise<number> {
  let count = 0
  if (Object.keys(filter).length > 1 || !isIndexed(filter)) {
    for await (const _ of eachRow(engine, filter)) count++
    return count
  }
  let cursor: string | undefined
  do {
    const page = await engine.rows.page({
      index: indexFor(filter),
      limit: MOST,
      ...(cursor === undefined ? {} : { cursor }),
    })
    count += page.ids.length
    cursor = page.cursor
  } while (cursor !== undefined)
  return count
}

/** The same, so many at a time. */
export async function* inPages(found: AsyncIterable<FoundSession>): AsyncGenerator<FoundSession[]> {
  let page: FoundSession[] = []
  for await (const one of found) {
    page.push(one)
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

async function pageOf(
  engine: CheckpointEngine,
  filter: SessionFilter,
  { limit, cursor, from, to }: Made & { limit: number; cursor: string | undefined },
): Promise<{ found: FoundSession[]; cursor: string | undefined }> {
  const page = await engine.rows.page({
    index: indexFor(filter),
    reverse: true,
    limit,
    ...(from === undefined ? {} : { from: sortOf(from) }),
    ...(to === undefined ? {} : { to: sortOf(to) }),
    ...(cursor === undefined ? {} : { cursor }),
  })
  const rows = await Promise.all(page.ids.map((id) => engine.rows.read(id)))
  const now = engine.now()
  const found = page.ids.flatMap((id, i) => {
    const row = rows[i]
    return row && matches(row, filter, now) ? [{ id, row }] : []
  })
  return { found, cursor: page.cursor }
}

function indexFor({ userId, agentId }: SessionFilter): string {
  if (userId !== undefined) return userIndex(userId)
  return agentId === undefined ? SESSIONS_INDEX : agentIndex(agentId)
}

const isIndexed = ({ state, kind, activeSince }: SessionFilter): boolean =>
  state === undefined && kind === undefined && activeSince === undefined

function matches(row: SessionRow, filter: SessionFilter, now: number): boolean {
  const { userId, agentId, state, kind, activeSince } = filter
  return (
    (userId === undefined || row.userId === userId) &&
    (agentId === undefined || row.agentId === agentId) &&
    (kind === undefined || row.kind === kind) &&
    (activeSince === undefined || row.lastActiveAt >= activeSince) &&
    (state === undefined || stateOf(row, now) === state)
  )
}

const wrong = (message: string): EverthreadError => new EverthreadError('QUERY_INVALID', message)

/** @throws `QUERY_INVALID`, `SESSION_INVALID` */
export function checkFilter(given: unknown): SessionFilter {
  const { limit: _, cursor: __, ...filter } = checkList(given)
  return filter
}

/** @throws `QUERY_INVALID`, `SESSION_INVALID` */
export function checkList(given: unknown): ListSessions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong('Give the filter as an object')
  const { userId, agentId, state, kind, activeSince, limit, cursor, ...more } = given as Record<string, unknown>
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) throw wrong(`Leave out "${unknown.slice(0, 40)}": sessions cannot be asked for by it`)
  if (state !== undefined && !STATES.includes(state as string)) throw wrong(`Give state as one of ${STATES.join(', ')}`)
  if (limit !== undefined && !(Number.isSafeInteger(limit) && (limit as number) > 0 && (limit as number) <= MOST)) {
    throw wrong(`Give limit as a whole number from 1 to ${MOST}`)
  }
  if (cursor !== undefined && typeof cursor !== 'string') throw wrong('Give cursor as the page before gave it')
  return {
    ...(userId === undefined ? {} : { userId: checkName(userId, 'userId') }),
    ...(agentId === undefined ? {} : { agentId: checkName(agentId, 'agentId') }),
    ...(state === undefined ? {} : { state: state as SessionState }),
    ...(kind === undefined ? {} : { kind: checkName(kind, 'kind') }),
    ...(activeSince === undefined ? {} : { activeSince: checkTime(activeSince, 'activeSince') }),
    ...(limit === undefined ? {} : { limit: limit as number }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

/** @throws `QUERY_INVALID` */
export function checkTime(value: unknown, name: string): number {
  const time = value instanceof Date ? value.getTime() : value
  if (typeof time === 'number' && Number.isFinite(time) && time >= 0 && time < 1e15) return time
  throw wrong(`Give ${name} as milliseconds since the epoch`)
}
