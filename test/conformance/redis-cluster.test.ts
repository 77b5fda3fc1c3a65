import { redisStore } from '@everthread/core/redis'
import { storeConformance } from '@everthread/core/testing'

const urls = (process.env.EVERTHREAD_TEST_REDIS_CLUSTER ?? '').split(',')

storeConformance((options) => redisStore({ nodes: urls }, options), {
  name: 'Redis Cluster store',
  reopen: (_, options) => redisStore({ nodes: urls }, options),
})
