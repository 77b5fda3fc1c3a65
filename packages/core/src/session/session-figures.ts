import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { type SessionState, stateOf } from '../checkpoint/session-state.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import { checkTime, eachRow, type FoundSession, type SessionFilter } from './session-list.ts'

/** How many sessions there are, by state, and how long they last. */
export interface SessionStats {
  total: number
  active: number
  idle: number
  archived: number
  expired: number
  /** From the creation of a session to its last activity, on average, ms. */
  averageDurationMs: number
}

export type GroupBy = 'hour' | 'day' | 'month' | 'user' | 'agent' | 'kind' | 'channel' | 'state'

export interface AnalyticsQuery {
  /** Sessions made at or after it, ms since the epoch. Default: the first. */
  from?: number | Date
  /** And before it. Default: now. */
  to?: number | Date
  /** Hours, days and months are those of UTC. Default `day`. */
  groupBy?: GroupBy
}

export interface SessionFigures {
  count: number
  /** From the creation of a session to its last activity, on average, ms. */
  meanLifetimeMs: number
  /** All messages in the views of these sessions. */
  messages: number
  messagesPerSession: number
  /** Messages in an hour of a session's lifetime, on average; 0 when none has lasted. */
  interactionsPerHour: number
}

export interface SessionGroup extends SessionFigures {
  /** `2026-01-15T12`, `2026-01-15`, `2026-01`, or the name; empty for sessions without one. */
  key: string
}

export interface SessionAnalytics {
  total: SessionFigures
  /** In the order of their keys. */
  groups: SessionGroup[]
}

const HOUR_MS = 3_600_000

/** Reads every session that is asked for, a page in memory at a time. */
export async function statsOf(engine: CheckpointEngine, filter: SessionFilter): Promise<SessionStats> {
  const states: Record<SessionState, number> = { active: 0, idle: 0, archived: 0, expired: 0 }
  let total = 0
  let lasted = 0
  for await (const { row } of eachRow(engine, filter)) {
    total++
    lasted += durationOf(row)
    states[stateOf(row, engine.now())]++
  }
  return { total, ...states, averageDurationMs: total === 0 ? 0 : lasted / total }
}

interface Sums {
  count: number
  lasted: number
  messages: number
}

/** @throws `QUERY_INVALID` */
export async function analyticsOf(
  engine: CheckpointEngine,
  filter: SessionFilter,
  query: AnalyticsQuery,
): Promise<SessionAnalytics> {
  const { groupBy, ...made } = checkQuery(query)
  const total: Sums = { count: 0, lasted: 0, messages: 0 }
  const groups = new Map<string, Sums>()
  const keyOf = KEYS[groupBy]
  for await (const found of eachRow(engine, filter, made)) {
    const key = keyOf(found.row, engine.now())
    const sums = groups.get(key) ?? { count: 0, lasted: 0, messages: 0 }
    groups.set(key, sums)
    add(total, found)
    add(sums, found)
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  return { total: figuresOf(total), groups: sorted.map(([key, sums]) => ({ key, ...figuresOf(sums) })) }
}

const durationOf = ({ createdAt, lastActiveAt }: SessionRow): number => lastActiveAt - createdAt

function add(sums: Sums, { row }: FoundSession): void {
  sums.count++
  sums.lasted += durationOf(row)
  sums.messages += row.counts.messages
}

function figuresOf({ count, lasted, messages }: Sums): SessionFigures {
  return {
    count,
    meanLifetimeMs: count === 0 ? 0 : lasted / count,
    messages,
    messagesPerSession: count === 0 ? 0 : messages / count,
    interactionsPerHour: lasted === 0 ? 0 : messages / (lasted / HOUR_MS),
  }
}

const time = (chars: number) => (row: SessionRow) => new Date(row.createdAt).toISOString().slice(0, chars)

const KEYS: Record<GroupBy, (row: SessionRow, now: number) => string> = {
  hour: time('2026-01-15T12'.length),
  day: time('2026-01-15'.length),
  month: time('2026-01'.length),
  user: ({ userId = '' }) => userId,
  agent: ({ agentId = '' }) => agentId,
  kind: ({ kind = '' }) => kind,
  channel: ({ channel = '' }) => channel,
  state: stateOf,
}

function checkQuery(query: AnalyticsQuery): { from?: number; to?: number; groupBy: GroupBy } {
  const given = knownOptions(query, ['from', 'to', 'groupBy'], 'QUERY_INVALID', 'what to analyse')
  const { from, to, groupBy = 'day' } = given
  if (typeof groupBy !== 'string' || !Object.hasOwn(KEYS, groupBy)) {
    throw new EverthreadError('QUERY_INVALID', `Give groupBy as one of ${Object.keys(KEYS).join(', ')}`)
  }
  return {
    ...(from === undefined ? {} : { from: checkTime(from, 'from') }),
    ...(to === undefined ? {} : { to: checkTime(to, 'to') }),
    groupBy,
  }
}
