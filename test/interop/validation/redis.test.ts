import { redis } from '../subjects/redis.ts'
import { validateOn } from './validate-on.ts'

validateOn(redis)
