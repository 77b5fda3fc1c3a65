import { redis } from '../subjects/redis.ts'
import { behavesAsInMemoryStore } from './as-in-memory-store.ts'

behavesAsInMemoryStore(redis, 100)
