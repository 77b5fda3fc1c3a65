import { type CheckpointEngine, EverthreadError } from '@everthread/core'
import { matchesFilter } from './filter.ts'

export interface ThreadQuery {
  /** `configurable.user_id` of the thread's runs. */
  userId?: string
  /** Equal to what the runs' `metadata` said. */
  filter?: Record<string, unknown>
  /** At most this many. Default 20. */
  limit?: number
  cursor?: string
}

export interface ThreadInfo {
  threadId: string
  userId: string | undefined
  metadata: Record<string, unknown>
  /** Store time, ms since the epoch. */
  createdAt: number
  lastActiveAt: number
  counts: { checkpoints: number; messages: number }
}

export interface ThreadPage {
  threads: ThreadInfo[]
  /** Present when there may be more. */
  cursor?: string
}

const PAGE = 100
const DEFAULT_LIMIT = 20

/** @throws `QUERY_INVALID` */
export async function listThreads(engine: CheckpointEngine, query: ThreadQuery): Promise<ThreadPage> {
  const { userId, filter, limit = DEFAULT_LIMIT } = query
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new EverthreadError('QUERY_INVALID', 'Give listThreads a limit that is a whole number above 0')
  }
  const threads: ThreadInfo[] = []
  let cursor = query.cursor
  do {
    const page = await engine.sessions({
      limit: Math.min(PAGE, limit - threads.length),
      ...(userId === undefined ? {} : { userId: String(userId) }),
      ...(cursor === undefined ? {} : { cursor }),
    })
    const found = await Promise.all(page.ids.map((id) => describe(engine, id)))
    threads.push(
      ...found
        .filter((thread) => thread !== undefined && matchesFilter(thread.metadata, filter))
        .map((thread) => thread as ThreadInfo),
    )
    cursor = page.cursor
  } while (cursor !== undefined && threads.length < limit)
  return { threads, ...(cursor === undefined ? {} : { cursor }) }
}

async function describe(engine: CheckpointEngine, threadId: string): Promise<ThreadInfo | undefined> {
  const row = await engine.session(threadId)
  if (!row) return undefined
  const { userId, metadata = {}, createdAt, lastActiveAt, counts } = row
  return { threadId, userId, metadata, createdAt, lastActiveAt, counts }
}

export async function* allThreads(engine: CheckpointEngine): AsyncGenerator<string> {
  let cursor: string | undefined
  do {
    const page = await engine.sessions({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) })
    yield* page.ids
    cursor = page.cursor
  } while (cursor !== undefined)
}
