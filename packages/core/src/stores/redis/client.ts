import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis'
import { EverthreadError } from '../../errors.ts'
import type { Client } from './connection.ts'

/** Where to connect. */
export type RedisAddress =
  /** `redis://` or `rediss://`. */
  | string
  | RedisOptions
  /** A cluster, by some of its nodes. */
  | { nodes: ClusterNode[]; options?: ClusterOptions }

/**
 * The store's own connection: what it sends must not be sent twice behind its back, as a client does by default after
 * a lost connection. A retry that does not say so could be taken for a new commit, once the first is forgotten.
 */
const OWN = {
  lazyConnect: true,
  autoResendUnfulfilledCommands: false,
  // The store tries again itself, in its own time.
  maxRetriesPerRequest: 0,
  retryStrategy: (times: number): number => Math.min(50 * times, 500),
  commandTimeout: undefined,
  enableOfflineQueue: true,
  stringNumbers: false,
  replyMapping: 'legacy',
  himportFieldsets: undefined,
} as const

const OWN_CLUSTER = {
  lazyConnect: true,
  retryDelayOnFailover: 0,
  scaleReads: 'master',
  himportFieldsets: undefined,
} as const

/** Tells a client by what it can do: its class may be installed twice. */
function isClient(value: Client | RedisAddress): value is Client {
  return typeof value === 'object' && 'callBuffer' in value && 'duplicate' in value
}

/** Makes a client, which connects on first use: like the one given, or to the address. Raises `PEER_MISSING`. */
export async function openClient(target: Client | RedisAddress): Promise<Client> {
  const client = isClient(target) ? duplicate(target) : await connect(target)
  // Its commands fail with what went wrong; without a listener the client would print it as well.
  client.on('error', () => undefined)
  return client
}

function duplicate(client: Client): Client {
  if (!('nodes' in client)) return client.duplicate({ ...OWN, enableAutoPipelining: false, monitor: false })
  const redisOptions = { ...client.options.redisOptions, ...nodeOptions() }
  return client.duplicate([], { ...OWN_CLUSTER, enableAutoPipelining: false, redisOptions })
}

async function connect(address: RedisAddress): Promise<Client> {
  const { Redis, Cluster } = await importPeer()
  if (typeof address === 'string') return new Redis(address, OWN)
  if (!('nodes' in address)) return new Redis({ ...address, ...OWN })
  const { redisOptions, ...options } = address.options ?? {}
  return new Cluster(address.nodes, { ...options, ...OWN_CLUSTER, redisOptions: { ...redisOptions, ...nodeOptions() } })
}

/** What holds for each node's connection; the rest is the cluster client's own affair. */
function nodeOptions(): Pick<
  typeof OWN,
  'autoResendUnfulfilledCommands' | 'commandTimeout' | 'stringNumbers' | 'replyMapping'
> {
  const { autoResendUnfulfilledCommands, commandTimeout, stringNumbers, replyMapping } = OWN
  return { autoResendUnfulfilledCommands, commandTimeout, stringNumbers, replyMapping }
}

async function importPeer(): Promise<Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new EverthreadError('PEER_MISSING', 'redisStore needs ioredis: run `npm install ioredis`.', { cause })
  }
}
