import { randomUUID } from 'node:crypto'
import type { CodecOptions, Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import type { Subject } from './subject.ts'

const url = process.env.EVERTHREAD_TEST_REDIS ?? ''

export const openAt = (prefix: string, codec?: CodecOptions): Store =>
  redisStore(url, { prefix, ...(codec ? { codec } : {}) })

/** A prefix of its own; its keys go with the sessions that are deleted. */
export const redis: Subject = {
  name: 'Redis',
  create: (codec) => {
    const address = `interop-${randomUUID()}`
    return { open: () => openAt(address, codec), address, remove: async () => {} }
  },
}
