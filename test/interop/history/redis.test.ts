import { redis } from '../subjects/redis.ts'
import { keepsHistories } from './with-message-history.ts'

keepsHistories(redis)
