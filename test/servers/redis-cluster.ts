import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findRedis, type RedisOptions, type RedisServer, redisCommand, startRedis } from './redis.ts'

const run = promisify(execFile)

export interface RedisCluster {
  /** All nodes. */
  readonly urls: string[]
  /** The same, comma-separated, as in `REDIS_CLUSTER_URLS`. */
  readonly url: string
  readonly nodes: RedisServer[]
  /** The nodes that are masters now, by asking a living node. */
  masters(): Promise<RedisServer[]>
  /** Waits until every living node says `cluster_state:ok` and every living replica is in step with its master. */
  ready(): Promise<void>
  stop(): Promise<void>
}

/** Six processes on loopback, three masters with a replica each; a dead master is replaced after about 2 s. */
export async function startRedisCluster(options: RedisOptions = {}): Promise<RedisCluster> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0']
  const start = () => startRedis({ ...options, args: [...args, ...(options.args ?? [])] })
  const nodes = await Promise.all(Array.from({ length: 6 }, start))
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  const cluster: RedisCluster = {
    urls: nodes.map((node) => node.url),
    url: nodes.map((node) => node.url).join(','),
    nodes,
    masters: () => mastersOf(nodes),
    ready: () => untilReady(nodes),
    stop,
  }
  try {
    const addresses = nodes.map((node) => `127.0.0.1:${node.port}`)
    const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes']
    await run(findRedis('redis-cli'), create)
    await cluster.ready()
  } catch (error) {
    await stop()
    throw error
  }
  return cluster
}

async function mastersOf(nodes: RedisServer[]): Promise<RedisServer[]> {
  for (const node of nodes) {
    const listing = await redisCommand(node.port, 'CLUSTER', 'NODES').catch(() => undefined)
    if (listing === undefined) continue
    const ports = new Set(livingMasters(listing).map((fields) => Number(fields[1]?.split('@')[0]?.split(':').pop())))
    return nodes.filter((candidate) => ports.has(candidate.port))
  }
  throw new Error('No node of the test cluster answers')
}

/** The fields of the lines of `CLUSTER NODES` that tell of a master in service. */
function livingMasters(listing: string): string[][] {
  const lines = listing.split('\n').map((line) => line.split(' '))
  return lines.filter(([, , flags = '']) => flags.includes('master') && !flags.includes('fail'))
}

async function untilReady(nodes: RedisServer[]): Promise<void> {
  const deadline = Date.now() + 60_000
  let last = ''
  while (Date.now() < deadline) {
    const states = await Promise.all(nodes.map(stateOf))
    last = states.join(', ')
    if (states.every((state) => state === 'ok' || state === 'gone')) return
    await sleep(50)
  }
  throw new Error(`The test cluster did not settle within a minute: ${last}`)
}

async function stateOf({ port }: RedisServer): Promise<string> {
  try {
    const cluster = await redisCommand(port, 'CLUSTER', 'INFO')
    if (!cluster.includes('cluster_state:ok')) return `${port} is down`
    // A replica that has not been told of its role yet looks like a master without slots, which are the ninth field.
    const masters = livingMasters(await redisCommand(port, 'CLUSTER', 'NODES'))
    if (masters.some((fields) => fields.length < 9)) return `${port} waits for replicas`
    const replication = await redisCommand(port, 'INFO', 'replication')
    if (replication.includes('role:slave') && !replication.includes('master_link_status:up'))
      return `${port} is syncing`
    return 'ok'
  } catch {
    // A node that a fault test has killed.
    return 'gone'
  }
}
