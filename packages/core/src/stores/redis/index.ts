export type { RedisAddress } from './client.ts'
export type { ReplicationOptions } from './replication.ts'
export { type RedisStoreOptions, redisStore } from './store.ts'
