import { join } from 'node:path'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import type { Subject } from '../subjects.ts'
import { NodeSqliteDatabase } from './node-sqlite-database.ts'
import { databaseFileBytes } from './sqlite-file.ts'

const native = canLoadBetterSqlite()

export const sqlitePeer: Subject = {
  name: native ? 'SqliteSaver' : 'SqliteSaver (on node:sqlite)',
  kind: 'peer',
  open: async (folder) => {
    const path = join(folder, 'peer.db')
    const saver = native ? SqliteSaver.fromConnString(path) : new SqliteSaver(new NodeSqliteDatabase(path))
    return { saver, storedBytes: async () => databaseFileBytes(path), close: async () => saver.db.close() }
  },
}

/** Its native part is not built on install; where it was built by hand (`pnpm rebuild better-sqlite3`) it is used. */
function canLoadBetterSqlite(): boolean {
  try {
    SqliteSaver.fromConnString(':memory:').db.close()
    return true
  } catch {
    return false
  }
}
