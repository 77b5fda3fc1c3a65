/** Spends what it can get of the budget of a tenant, for each line that it is given, and says what came of it. */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { EverthreadError, ProcessScheduler, SessionManager } from '@everthread/core'
import type { Where } from '../turns/child.ts'
import { childArguments, openWhere, say } from '../turns/open-where.ts'

export interface Race {
  tenant: string
  turns: number
  cost: number
  /** Begins its turns, says so, and never ends them. */
  hangs?: boolean
}

const { where, name, limit, leaseMs } = childArguments<{ where: Where; name: string; limit: number; leaseMs: number }>()
const store = await openWhere(where)
const scheduler = new ProcessScheduler({ concurrency: 16, budgets: [{ per: 'tenant', tokens: limit }] })
say('ready')

for await (const line of createInterface({ input: process.stdin })) {
  const { tenant, turns, cost, hangs } = JSON.parse(line) as Race
  const sessions = new SessionManager({ store, scheduler, tenant, lease: { ttlMs: leaseMs } }).asService()
  const all = Array.from({ length: turns }, (_, n) =>
    sessions.open(`${name} ${n}`).turn(
      async (turn) => {
        if (hangs) {
          say('begun')
          await sleep(60_000)
        }
        await sleep(Math.random() * 4)
        const spent = 1 + Math.floor(Math.random() * cost)
        turn.spent(spent)
        return spent
      },
      { cost },
    ),
  )
  const outcomes = await Promise.allSettled(all)
  say(
    JSON.stringify(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : codeOf(outcome.reason))),
    ),
  )
}
await store.close()

function codeOf(error: unknown): string {
  return EverthreadError.isInstance(error) ? error.code : String(error)
}
