import { randomUUID } from 'node:crypto'
import { redisStore } from '@everthread/core/redis'
import type { Subject } from './subject.ts'

const nodes = (process.env.EVERTHREAD_TEST_REDIS_CLUSTER ?? '').split(',')

/** A prefix of its own; its keys go with the sessions that are deleted. */
export const redisCluster: Subject = {
  name: 'Redis Cluster',
  create: (codec) => {
    const prefix = `interop-${randomUUID()}`
    return { open: () => redisStore({ nodes }, { prefix, ...(codec ? { codec } : {}) }), remove: async () => {} }
  },
}
