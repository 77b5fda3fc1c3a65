import { randomUUID } from 'node:crypto'
import { redisStore } from '@everthread/core/redis'
import type { Subject } from './subject.ts'

const url = process.env.EVERTHREAD_TEST_REDIS ?? ''

/** A prefix of its own; its keys go with the sessions that are deleted. */
export const redis: Subject = {
  name: 'Redis',
  create: (codec) => {
    const prefix = `interop-${randomUUID()}`
    return { open: () => redisStore(url, { prefix, ...(codec ? { codec } : {}) }), remove: async () => {} }
  },
}
