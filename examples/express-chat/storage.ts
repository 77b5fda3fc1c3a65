import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { sqliteStore } from '@everthread/core/sqlite'

/** Redis where `REDIS_URL` is set, else a file of SQLite in the folder. */
export function openStore(folder: string, url: string | undefined = process.env.REDIS_URL): Store {
  if (url) return redisStore(url)
  mkdirSync(folder, { recursive: true })
  return sqliteStore(join(folder, 'express-chat.db'))
}

/** What signs the cookies: `SESSION_SECRET`, else one that is made once and kept in the folder. */
export function readSecret(folder: string, given: string | undefined = process.env.SESSION_SECRET): string {
  if (given) return given
  const path = join(folder, 'express-chat.secret')
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600 })
  }
  return readFileSync(path, 'utf8')
}
