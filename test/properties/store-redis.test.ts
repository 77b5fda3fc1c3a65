import { redisStore } from '@everthread/core/redis'
import { storeMatchesMemory } from '@everthread/core/testing'

const url = process.env.EVERTHREAD_TEST_REDIS ?? ''

storeMatchesMemory((options) => redisStore(url, options), {
  name: 'Redis store',
  runs: process.env.EVERTHREAD_SOAK ? 1000 : 50,
})

// A partition is a string until it holds 16 KB, and then a sorted set: most of these cross over on the way.
storeMatchesMemory((options) => redisStore(url, options), {
  name: 'Redis store, large values',
  runs: process.env.EVERTHREAD_SOAK ? 1000 : 30,
  largest: 6_000,
})
