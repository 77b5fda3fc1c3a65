import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteStoreOptions, sqliteStore } from '@everthread/core/sqlite'
import { storeConformance } from '@everthread/core/testing'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'everthread-conformance-'))
const paths = new WeakMap<object, string>()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function open(path: string, options: Omit<SqliteStoreOptions, 'path'>) {
  const store = sqliteStore({ ...options, path, watchIntervalMs: 5 })
  paths.set(store, path)
  return store
}

storeConformance((options) => open(join(folder, `${randomUUID()}.db`), options), {
  name: 'SQLite store',
  reopen: (store, options) => open(paths.get(store) as string, options),
})
