import { redisCluster } from '../subjects/redis-cluster.ts'
import { behavesAsInMemoryStore } from './as-in-memory-store.ts'

behavesAsInMemoryStore(redisCluster, 30)
