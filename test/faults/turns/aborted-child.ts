/**
 * Ends turns in every way before their time, while they run and while they wait. Says `holding` in the midst of the
 * last, goes on when told to, says what came of it and what is left in the process, and ends by itself if nothing is.
 */
import { getEventListeners, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { EverthreadError, SessionManager } from '@everthread/core'
import type { Where } from './child.ts'
import { childArguments, openWhere, say } from './open-where.ts'

const { where, id, leaseMs } = childArguments<{ where: Where; id: string; leaseMs: number }>()
const resources = (): string[] => process.getActiveResourcesInfo().sort()
// Opens the standard output, which stays.
say('up')
const before = resources()
const store = await openWhere(where)
const open = () => new SessionManager({ store, lease: { ttlMs: leaseMs } }).asService('aborted').open(id)
const gone = new Error('the user left')
const outcome = (error: unknown): string => (EverthreadError.isInstance(error) ? error.code : String(error))

/** One turn that never ends by itself, and one that waits behind it, in two views of the session: both are aborted. */
async function abortBoth(meanwhile: () => Promise<unknown>): Promise<{ outcomes: string[]; listeners: number }> {
  const [running, waiting] = [new AbortController(), new AbortController()]
  const begun = Promise.withResolvers<void>()
  const endless = open().turn(
    (turn) => {
      turn.append({ role: 'user', parts: [{ type: 'text', content: 'never committed' }] })
      begun.resolve()
      return new Promise(() => undefined)
    },
    { signal: running.signal },
  )
  const turns = [endless.catch(outcome)]
  await begun.promise
  turns.push(
    open()
      .turn(() => 'never', { signal: waiting.signal })
      .catch(outcome) as Promise<string>,
  )
  turns.push(
    open()
      .turn(() => 'never', { signal: waiting.signal, timeout: 100 })
      .catch(outcome) as Promise<string>,
  )
  // Until its timeout is over, and those who wait have gone to sleep.
  await turns[2]
  await meanwhile()
  waiting.abort(gone)
  await turns[1]
  running.abort(gone)
  const outcomes = (await Promise.all(turns)) as string[]
  const listeners = [running, waiting].flatMap(({ signal }) => getEventListeners(signal, 'abort')).length
  return { outcomes, listeners }
}

for (let round = 0; round < 3; round++) await abortBoth(async () => undefined)
const { outcomes, listeners } = await abortBoth(async () => {
  say('holding')
  await once(process.stdin, 'data')
  process.stdin.destroy()
})
await store.close()
// Sockets and pipes close a moment after they were told to.
for (let tries = 0; tries < 100 && resources().length > before.length; tries++) await sleep(20)
say(JSON.stringify({ outcomes, listeners, before, after: resources() }))
