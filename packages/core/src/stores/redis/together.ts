import type { EverthreadError } from '../../errors.ts'
import { TickBatch } from '../tick-batch.ts'
import type { Connection } from './connection.ts'

/** How many partitions one script deals with, and with how many bytes of them: it holds up all other clients. */
const PARTITIONS = 64
const BYTES = 262_144

/**
 * Gathers what is asked in one round of the event loop, for one script: a command costs this process more than all that
 * is done about a partition. On a cluster partitions lie on several nodes, and each goes alone.
 */
export function together<Request, Answer>(
  connection: Connection,
  send: (requests: Request[]) => Promise<(Answer | EverthreadError)[]>,
  bytesOf: (request: Request) => number = () => 0,
): TickBatch<Request, Answer> {
  const { client } = connection
  function countOf(requests: readonly Request[]): number {
    if (client.isCluster) return 1
    let bytes = 0
    const past = requests.findIndex((request, at) => {
      bytes += bytesOf(request)
      return at === PARTITIONS || (at > 0 && bytes > BYTES)
    })
    return past < 0 ? requests.length : past
  }
  // The server judges all the keys of a command before it begins.
  const mayTryAlone = (error: EverthreadError) => error.code === 'STORE_NO_PERMISSION'
  const rules = { countOf, send, mayTryAlone }
  return client.isCluster ? new TickBatch(rules) : new TickBatch(rules, (flush) => connection.atEndOfRound(flush))
}
