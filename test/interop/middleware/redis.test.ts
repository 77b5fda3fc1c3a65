import { redis } from '../subjects/redis.ts'
import { agentsGetContexts } from './agents-in-context.ts'

agentsGetContexts(redis)
