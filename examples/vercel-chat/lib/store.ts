import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { sqliteStore } from '@everthread/core/sqlite'

/** Redis where `REDIS_URL` is set, else a file of SQLite. */
export function openStore(env: NodeJS.ProcessEnv = process.env): Store {
  if (env.REDIS_URL) return redisStore(env.REDIS_URL)
  const file = env.CHAT_FILE ?? '.everthread/vercel-chat.db'
  mkdirSync(dirname(file), { recursive: true })
  return sqliteStore(file)
}
