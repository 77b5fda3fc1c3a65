import { redisStore } from '@everthread/core/redis'
import { storeMatchesMemory } from '@everthread/core/testing'

const url = process.env.EVERTHREAD_TEST_REDIS ?? ''

storeMatchesMemory((options) => redisStore(url, options), {
  name: 'Redis store',
  runs: process.env.EVERTHREAD_SOAK ? 1000 : 50,
})
