import { redis } from '../interop/subjects/redis.ts'
import { sessionSuite } from './suite.ts'

sessionSuite(redis)
