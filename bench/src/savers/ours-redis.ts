import { redisStore } from '@everthread/core/redis'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { Redis } from 'ioredis'
import type { OpenedSaver, Subject } from '../subjects.ts'
import { keyBytes, redisSetting, serverUrl, usedOverResident } from './servers.ts'

export const oursRedis: Subject = {
  name: 'Everthread Redis, share',
  kind: 'ours',
  open: async (_folder, label) => open(label),
}

const PACKED_VALUE = 'zset-max-listpack-value'

/** With the one setting of Redis that the guide advises for many small sessions. It is put back at the end. */
export const oursRedisPacked: Subject = {
  name: 'Everthread Redis, packed, share',
  kind: 'ours',
  open: async (_folder, label) => {
    const before = await redisSetting(serverUrl('redis'), PACKED_VALUE, '16384')
    const opened = await open(label)
    const close = async (): Promise<void> => {
      await opened.close()
      await redisSetting(serverUrl('redis'), PACKED_VALUE, before)
    }
    return { ...opened, close }
  },
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
