import { redisStore } from '@everthread/core/redis'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import type { OpenedSaver, Subject } from '../subjects.ts'
import { keyBytes, serverUrl, usedOverResident } from './servers.ts'

export const oursRedis: Subject = {
  name: 'Everthread Redis, share',
  kind: 'ours',
  open: async (_folder, label) => open(label),
}

async function open(label: string): Promise<OpenedSaver> {
  const url = serverUrl('redis')
  const store = redisStore(url, { prefix: label })
  return {
    saver: new EverthreadSaver({ store, share: true }),
    storedBytes: () => keyBytes(url, label),
    liveShare: () => usedOverResident(url),
    reopen: () => open(label),
    close: () => store.close(),
  }
}
