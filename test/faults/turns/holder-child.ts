/** Begins a turn, says so, and goes on with it when told to; says what came of it. */
import { once } from 'node:events'
import { EverthreadError, SessionManager } from '@everthread/core'
import type { Where } from './child.ts'
import { childArguments, openWhere, say } from './open-where.ts'

const { where, id, leaseMs } = childArguments<{ where: Where; id: string; leaseMs: number }>()
const store = await openWhere(where)
const session = new SessionManager({ store, lease: { ttlMs: leaseMs } }).asService('paused').open(id)
const message = (content: string) => ({ role: 'user', parts: [{ type: 'text' as const, content }] })
const codeOf = (error: unknown): string => (EverthreadError.isInstance(error) ? error.code : String(error))

await session
  .turn(async (turn) => {
    turn.append(message('before the pause'))
    await turn.checkpoint()
    say(turn.id)
    await once(process.stdin, 'data')
    turn.append(message('after the pause'))
    await turn.checkpoint().catch((error: unknown) => say(`step: ${codeOf(error)}`))
  })
  .then(
    () => say('turn: complete'),
    (error: unknown) => say(`turn: ${codeOf(error)}`),
  )
// The step may still be on its way when the turn has ended.
await new Promise((resolve) => setTimeout(resolve, 500))
await store.close()
process.stdin.destroy()
