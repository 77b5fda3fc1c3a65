import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import type { OpenedSaver, Subject } from '../subjects.ts'
import { databaseFileBytes } from './sqlite-file.ts'

export function oursSqlite({ share, encrypted }: { share: boolean; encrypted: boolean }): Subject {
  const keys = { bench: randomBytes(32) }
  const open = async (folder: string): Promise<OpenedSaver> => {
    const path = join(folder, 'ours.db')
    const store = sqliteStore({ path, codec: encrypted ? { keys } : {} })
    return {
      saver: new EverthreadSaver({ store, share }),
      storedBytes: async () => databaseFileBytes(path),
      reopen: () => open(folder),
      close: () => store.close(),
    }
  }
  return { name: `Everthread SQLite${share ? ', share' : ''}${encrypted ? ', encrypted' : ''}`, kind: 'ours', open }
}
