import { EverthreadError } from '../../errors.ts'
import type { Connection } from './connection.ts'

/** How many replicas must have a commit before it is acknowledged, and how long to wait for them. */
export interface ReplicationOptions {
  replicas: number
  timeoutMs: number
}

/**
 * Waits until the replicas of the partition's master have what this connection wrote. Raises `STORE_NOT_REPLICATED`
 * with `committed: 'yes'`: the commit is there, but a failover may lose it.
 */
export async function waitForReplicas(connection: Connection, key: string, wanted: ReplicationOptions): Promise<void> {
  const { replicas, timeoutMs } = wanted
  // The first command is only there to find the node: WAIT itself names no key.
  const asked = connection.client.pipeline().exists(key).wait(replicas, timeoutMs).exec()
  const results = await connection.bounded(asked, timeoutMs).catch((error: unknown) => notReplicated(error))
  const [error, acknowledged] = results?.[1] ?? []
  if (error) notReplicated(error)
  if (Number(acknowledged) < replicas) notReplicated(undefined, Number(acknowledged))
}

function notReplicated(cause: unknown, acknowledged = 0): never {
  throw new EverthreadError(
    'STORE_NOT_REPLICATED',
    `The commit has happened, but only ${acknowledged} replicas said in time that they have it: check them.`,
    { committed: 'yes', ...(cause === undefined ? {} : { cause }) },
  )
}
