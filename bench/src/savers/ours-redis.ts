import { redisStore } from '@everthread/core/redis'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { Redis } from 'ioredis'
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
  const bare = new Redis(url)
  return {
    saver: new EverthreadSaver({ store, share: true }),
    ping: () => bare.ping(),
    storedBytes: () => keyBytes(url, label),
    liveShare: () => usedOverResident(url),
    reopen: () => open(label),
    close: async () => {
      await bare.quit()
      await store.close()
    },
  }
}
