import type { Store } from '@everthread/core'
import { afterAll } from 'vitest'
import { postgres } from '../../interop/subjects/postgres.ts'
import { redis } from '../../interop/subjects/redis.ts'
import { sqlite } from '../../interop/subjects/sqlite.ts'
import type { Database, Subject } from '../../interop/subjects/subject.ts'
import { type Where, whereIs } from './child.ts'

/** The stores that processes can share, by the file of their subject. Servers are at EVERTHREAD_TEST_REDIS and EVERTHREAD_TEST_POSTGRES. */
export const shared: readonly { file: string; subject: Subject }[] = [
  { file: 'sqlite', subject: sqlite },
  { file: 'redis', subject: redis },
  { file: 'postgres', subject: postgres },
]

export interface SharedDatabase {
  store: Store
  where: Where
}

/** A database of its own, removed when the file's tests are over. */
export function openShared({ file, subject }: { file: string; subject: Subject }): SharedDatabase {
  const database: Database = subject.create()
  const store = database.open()
  afterAll(async () => {
    await store.close()
    await database.remove()
  })
  return { store, where: whereIs(file, database) }
}
