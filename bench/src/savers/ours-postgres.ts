import { postgresStore } from '@everthread/core/postgres'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { Pool } from 'pg'
import type { OpenedSaver, Subject } from '../subjects.ts'
import { liveRowBytes, schemaBytes, serverUrl, untilVacuumed } from './servers.ts'

export const oursPostgres: Subject = {
  name: 'Everthread Postgres, share',
  kind: 'ours',
  open: async (_folder, label) => open(label),
}

async function open(label: string): Promise<OpenedSaver> {
  const url = serverUrl('postgres')
  const store = postgresStore(url, { schema: label })
  const bare = new Pool({ connectionString: url })
  return {
    saver: new EverthreadSaver({ store, share: true }),
    storedBytes: () => schemaBytes(url, label),
    ping: () => bare.query('SELECT 1'),
    liveBytes: () => liveRowBytes(url, label),
    settle: () => untilVacuumed(url, label),
    reopen: () => open(label),
    close: async () => {
      await bare.end()
      await store.close()
    },
  }
}
