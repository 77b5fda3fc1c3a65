/** Takes one turn after the other, of two steps each, until it is killed. Says `up` once it has begun. */
import { SessionManager } from '@everthread/core'
import type { Where } from './child.ts'
import { childArguments, openWhere, say } from './open-where.ts'

const { where, id, leaseMs, name } = childArguments<{ where: Where; id: string; leaseMs: number; name: string }>()
const store = await openWhere(where)
const session = new SessionManager({ store, lease: { ttlMs: leaseMs } }).asService(name).open(id)
const message = (content: string) => ({ role: 'user', parts: [{ type: 'text' as const, content }] })
for (let turns = 0; ; turns++) {
  const commitId = `${name}-${turns}`
  await session.turn(
    async (turn) => {
      turn.append(message(`begin ${commitId}`))
      await turn.checkpoint()
      if (turns === 0) say('up')
      await new Promise((resolve) => setTimeout(resolve, 2))
      turn.append(message(`end ${commitId}`))
    },
    { commitId },
  )
}
