import { EverthreadError } from '../../errors.ts'
import type { Client, Connection } from './connection.ts'
import { failureOf, storeError } from './failures.ts'

const OLDEST = [6, 2] as const

/**
 * Looks once at what the store stands on. Raises `STORE_VERSION`, `STORE_CLUSTER`, `STORE_READ_ONLY` and all that a
 * missing permission raises; warns with `STORE_EVICTS` when Redis may evict sessions.
 */
export async function checkStart(
  connection: Connection,
  probeKey: string,
  onWarning: (warning: EverthreadError) => void,
): Promise<void> {
  const { client } = connection
  if (!client.isCluster) checkInfo(await infoOf(connection, client), false, onWarning)
  const loaded = [connection.load('read-n'), connection.load('swap-n')]
  await Promise.all([connection.run('probe-1', probeKey, () => []), ...loaded])
  if ('nodes' in client) {
    const masters = await Promise.all(client.nodes('master').map((node) => infoOf(connection, node)))
    for (const info of masters) checkInfo(info, true, onWarning)
  }
}

/** What INFO says; nothing when it is forbidden, as some managed offerings have it. */
async function infoOf(connection: Connection, client: Client): Promise<Map<string, string>> {
  let text: string
  try {
    text = await connection.bounded(client.info())
  } catch (error) {
    const { code, passing } = failureOf(error)
    // The probe, which is tried again, says what is wrong with a connection.
    if (passing || code === 'STORE_NO_PERMISSION') return new Map()
    throw storeError(error)
  }
  const lines = text.split('\r\n').map((line) => line.split(':'))
  return new Map(lines.map(([name = '', ...value]) => [name, value.join(':')]))
}

/** Judges the fields of an INFO reply. */
export function checkInfo(
  info: Map<string, string>,
  cluster: boolean,
  onWarning: (warning: EverthreadError) => void,
): void {
  const version = info.get('redis_version')
  if (version && isOlder(version)) {
    refuse('STORE_VERSION', `Redis ${version} is too old: use 6.2 or newer, or Valkey.`)
  }
  if (!cluster && info.get('cluster_enabled') === '1') {
    refuse('STORE_CLUSTER', 'Redis runs as a cluster: pass a Cluster client or { nodes }.')
  }
  if (!cluster && info.get('role') === 'slave' && info.get('slave_read_only') !== '0') {
    refuse('STORE_READ_ONLY', 'Redis is a read-only replica: connect to the master.')
  }
  const policy = info.get('maxmemory_policy')
  if (policy && policy !== 'noeviction') {
    const message = `Redis may evict sessions to make room: set maxmemory-policy to noeviction instead of ${policy}.`
    onWarning(new EverthreadError('STORE_EVICTS', message))
  }
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

function refuse(code: string, message: string): never {
  throw new EverthreadError(code, message)
}
