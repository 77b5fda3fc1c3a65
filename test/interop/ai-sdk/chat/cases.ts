import { randomUUID } from 'node:crypto'
import { SessionManager } from '@everthread/core'
import type { ChatOptions } from '@everthread/vercel-ai-adapter'
import { afterAll } from 'vitest'
import { memory } from '../../subjects/memory.ts'
import { postgres } from '../../subjects/postgres.ts'
import { redis } from '../../subjects/redis.ts'
import { sqlite } from '../../subjects/sqlite.ts'
import type { Subject } from '../../subjects/subject.ts'
import { type Ground, ground } from './ground.ts'

/** A major of `ai`, on a store. */
export interface Case {
  major: 6 | 7
  store: string
  /** A chat of its own. */
  ground(options?: Partial<ChatOptions>): Ground
}

const subjects: readonly Subject[] = [memory, sqlite, redis, postgres]

/** For `describe.each`. Servers are at EVERTHREAD_TEST_REDIS and EVERTHREAD_TEST_POSTGRES. */
export function cases(): Case[] {
  return subjects.flatMap((subject) => {
    const database = subject.create()
    const store = database.open()
    afterAll(async () => {
      await store.close()
      await database.remove()
    })
    return ([6, 7] as const).map((major): Case => {
      const open = (options: Partial<ChatOptions> = {}): Ground =>
        ground(major, { sessions: new SessionManager({ store, tenant: randomUUID() }), ...options })
      return { major, store: subject.name, ground: open }
    })
  })
}
