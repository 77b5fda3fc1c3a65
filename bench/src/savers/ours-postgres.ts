import { postgresStore } from '@everthread/core/postgres'
import { EverthreadSaver } from '@everthread/langchain-adapter'
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
  return {
    saver: new EverthreadSaver({ store, share: true }),
    storedBytes: () => schemaBytes(url, label),
    liveBytes: () => liveRowBytes(url, label),
    settle: () => untilVacuumed(url, label),
    reopen: () => open(label),
    close: () => store.close(),
  }
}
