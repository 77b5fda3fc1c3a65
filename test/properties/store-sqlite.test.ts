import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@everthread/core/sqlite'
import { storeMatchesMemory } from '@everthread/core/testing'
import { afterAll } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'everthread-properties-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

storeMatchesMemory((options) => sqliteStore({ ...options, path: join(folder, `${crypto.randomUUID()}.db`) }), {
  name: 'SQLite store',
  runs: process.env.EVERTHREAD_SOAK ? 3000 : 100,
})
