import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CodecOptions, Store } from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'
import type { Subject } from './subject.ts'

export const openAt = (path: string, codec?: CodecOptions): Store => sqliteStore({ path, ...(codec ? { codec } : {}) })

/** A file in a folder of its own. */
export const sqlite: Subject = {
  name: 'SQLite',
  create: (codec) => {
    const folder = mkdtempSync(join(tmpdir(), 'everthread-interop-'))
    const address = join(folder, 'sessions.db')
    return {
      open: () => openAt(address, codec),
      address,
      remove: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
}
