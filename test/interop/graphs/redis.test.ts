import { redis } from '../subjects/redis.ts'
import { graphsDoTheSame } from './same-as-memory-saver.ts'

graphsDoTheSame(redis, ['a new saver for each run'])
