import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis'
import { EverthreadError } from '../../errors.ts'
import type { Client } from './connection.ts'

/** Where to connect, for a client that the store makes itself. */
export type RedisAddress =
  /** `redis://` or `rediss://`. */
  | string
  | RedisOptions
  /** A cluster, by some of its nodes. */
  | { nodes: ClusterNode[]; options?: ClusterOptions }

export interface OpenedClient {
  client: Client
  /** Whether the store made it and so ends it. */
  owned: boolean
}

/** A command waits for two reconnects at most; the store itself tries again. */
const PATIENCE = { lazyConnect: true, maxRetriesPerRequest: 2 }

/** Tells a client by what it can do: its class may be installed twice. */
export function isClient(value: unknown): value is Client {
  return typeof value === 'object' && value !== null && 'callBuffer' in value && 'duplicate' in value
}

/** Makes a client, which connects on first use. Raises `PEER_MISSING` without `ioredis`. */
export async function openClient(address: RedisAddress): Promise<OpenedClient> {
  const { Redis, Cluster } = await importPeer()
  const client =
    typeof address === 'string'
      ? new Redis(address, PATIENCE)
      : 'nodes' in address
        ? new Cluster(address.nodes, clusterOptions(address.options))
        : new Redis(redisOptions(address))
  // Its commands fail with what went wrong; without a listener the client would print it as well.
  client.on('error', () => undefined)
  return { client, owned: true }
}

// The replies of scripts have no mapping, and without that option the client's types stay simple.
type Unmapped<T> = Omit<T, 'replyMapping'> & { replyMapping?: 'legacy' }
type ClusterNodeOptions = NonNullable<ClusterOptions['redisOptions']>

function redisOptions({ replyMapping: _, ...options }: RedisOptions): Unmapped<RedisOptions> {
  return { ...PATIENCE, ...options }
}

function clusterOptions(given: ClusterOptions = {}): ClusterOptions & { redisOptions: Unmapped<ClusterNodeOptions> } {
  const { replyMapping: _, ...node } = given.redisOptions ?? {}
  return { lazyConnect: true, ...given, redisOptions: node }
}

async function importPeer(): Promise<Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new EverthreadError('PEER_MISSING', 'redisStore needs ioredis: run `npm install ioredis`.', { cause })
  }
}
