import type { SessionRow } from '../checkpoint/session-row.ts'

/**
 * What happens to sessions. `denied` is an access that came to nothing: outside, every reason for it looks the same.
 * `error` is a handler of these events that failed, or
 * a model that was to make a title. `reset` is one that the policy asked for: `detail` says why, and since when.
 * `compacted` is a compaction that was due after a turn: `detail` is its receipt, also of one that failed.
 */
export type SessionEventType = (typeof EVENT_TYPES)[number]

export const EVENT_TYPES = [
  'created',
  'resumed',
  'idle',
  'archived',
  'expired',
  'deleted',
  'limit',
  'anomaly',
  'reset',
  'compacted',
  'denied',
  'error',
] as const

export interface SessionEvent {
  type: SessionEventType
  tenant: string
  sessionId?: string
  /** Whose session it is. */
  userId?: string
  agentId?: string
  /** Store time, ms since the epoch. */
  at: number
  /** Who did it: the user, or what the service calls itself; `lifecycle` is the sweep. */
  by?: string
  /** The roles that a user's handle was given. */
  roles?: readonly string[]
  /**
   * Of `denied`: `SESSION_NOT_FOUND`, `SESSION_NOT_YOURS`, `SESSION_DELETED`, `SESSION_OF_OTHER_TENANT`, `SHARE_UNKNOWN`. Of `limit`:
   * `SESSION_LIMIT`, `MEMORY_PRESSURE`. Of `error`: `EVENT_HANDLER_FAILED`, `EVENT_HANDLER_SLOW`, `SWEEP_FAILED`,
   * `TITLE_MODEL_FAILED`, `COMPACTION_FAILED`.
   */
  code?: string
  /** What else there is to say, by the event's type. */
  detail?: Record<string, unknown>
  cause?: unknown
}

/** Awaited, one event after the other. What it throws becomes a further event of type `error`. */
export type SessionEventHandler = (event: SessionEvent) => void | Promise<void>

/** What an event says of its session. */
export const subjectOf = (id: string, row: SessionRow): Pick<SessionEvent, 'sessionId' | 'userId' | 'agentId'> => ({
  sessionId: id,
  ...(row.userId === undefined ? {} : { userId: row.userId }),
  ...(row.agentId === undefined ? {} : { agentId: row.agentId }),
})
