import { createHash } from 'node:crypto'
import type { Partition } from '../../contract/store.ts'

/** Shards of an index that spans a tenant: it holds every session of it, so one slot would be hot. */
const SHARDS = 8

/** The names of what the store keeps, each under one hash tag: `{…}` holds all that decides about the slot. */
export interface Keys {
  partition(partition: Partition): string
  /** The shard of the index that holds this partition's entries. */
  indexOf(partition: Partition, index: string): string
  /** All shards of the index. */
  indexes(tenant: string, index: string): string[]
  channel(partition: Partition): string
  readonly probe: string
}

/** `keyPrefix` is what the client itself puts before keys, but not before channels. */
export function createKeys(prefix: string, keyPrefix: string): Keys {
  const shard = (tenant: string, index: string, at: number): string =>
    `${prefix}:i:{${tagPart(tenant)}:${tagPart(index)}${at === 0 ? '' : `:${at}`}}`
  return {
    partition: (partition) => `${prefix}:p:{${tagOf(partition)}}`,
    indexOf: (partition, index) => shard(partition.tenant, index, shardOf(partition, index)),
    indexes: (tenant, index) =>
      Array.from({ length: isSpread(index) ? SHARDS : 1 }, (_, at) => shard(tenant, index, at)),
    channel: (partition) => `${keyPrefix}${prefix}:w:{${tagOf(partition)}}`,
    probe: `${prefix}:{probe}`,
  }
}

function tagOf({ tenant, id }: Partition): string {
  return `${tagPart(tenant)}:${tagPart(id)}`
}

/** Escapes braces, colons and all that is not plain, so that no name can reach into another's tag. */
function tagPart(name: string): string {
  return encodeURIComponent(name)
}

function isSpread(index: string): boolean {
  return !index.includes('/')
}

function shardOf({ id }: Partition, index: string): number {
  return isSpread(index) ? (createHash('sha1').update(id).digest()[0] as number) % SHARDS : 0
}
