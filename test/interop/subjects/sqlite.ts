import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@everthread/core/sqlite'
import type { Subject } from './subject.ts'

/** A file in a folder of its own. */
export const sqlite: Subject = {
  name: 'SQLite',
  create: (codec) => {
    const folder = mkdtempSync(join(tmpdir(), 'everthread-interop-'))
    const path = join(folder, 'sessions.db')
    return {
      open: () => sqliteStore({ path, ...(codec ? { codec } : {}) }),
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
}
