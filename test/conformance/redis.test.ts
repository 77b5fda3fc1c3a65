import { redisStore } from '@everthread/core/redis'
import { storeConformance } from '@everthread/core/testing'

const url = process.env.EVERTHREAD_TEST_REDIS ?? ''

storeConformance((options) => redisStore(url, options), {
  name: 'Redis store',
  reopen: (_, options) => redisStore(url, options),
})
