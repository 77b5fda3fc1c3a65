import { redisCluster } from '../subjects/redis-cluster.ts'
import { validateOn } from './validate-on.ts'

validateOn(redisCluster)
