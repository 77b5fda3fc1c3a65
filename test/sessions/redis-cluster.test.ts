import { redisCluster } from '../interop/subjects/redis-cluster.ts'
import { sessionSuite } from './suite.ts'

sessionSuite(redisCluster)
