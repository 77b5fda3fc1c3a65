/** Ten busy sessions in a small process, which is blocked for a while, and says how many turns it lets run. */
import { setTimeout as sleep } from 'node:timers/promises'
import { ProcessScheduler, SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { childArguments, say } from '../turns/open-where.ts'

export interface Told {
  phase: string
  concurrency: number
  rss: number
  completed: number
  cores: number
}

const { memory } = childArguments<{ memory: number }>()
const scheduler = new ProcessScheduler({ concurrency: { memory, everyMs: 100 } })
const sessions = new SessionManager({ store: memoryStore(), scheduler }).asService()
const message = (role: string, content: string) => ({ role, parts: [{ type: 'text' as const, content }] })
let isOver = false
let blocks = false
let most = 0

const tell = (phase: string): void => {
  const { concurrency, completed } = scheduler.stats()
  const told: Told = { phase, concurrency, completed, rss: most, cores: navigator.hardwareConcurrency }
  say(JSON.stringify(told))
}

/** A user who talks all the time to an agent that takes a while. */
async function talk(name: string): Promise<number> {
  const session = sessions.open(name)
  let turns = 0
  for (; !isOver; turns++) {
    await session.turn(async (turn) => {
      turn.append(message('user', `question ${turns} of ${name}`))
      await turn.checkpoint()
      await sleep(20)
      turn.append(message('assistant', 'answer '.repeat(50)))
    })
  }
  return turns
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) {
    most = Math.max(most, process.memoryUsage.rss())
    // What a process does that has too much on its hands.
    const end = performance.now() + (blocks ? 250 : 0)
    while (performance.now() < end);
    await sleep(10)
  }
}

const users = Array.from({ length: 10 }, (_, n) => talk(`user ${n}`))
await until(() => scheduler.stats().completed >= 50)
const first = scheduler.stats().concurrency
tell('begins')
blocks = true
await until(() => scheduler.stats().concurrency <= first / 4)
tell('is blocked')
blocks = false
await until(() => scheduler.stats().concurrency >= first)
tell('is free again')
isOver = true
const turns = await Promise.all(users)
const counts = await Promise.all(turns.map((_, n) => sessions.open(`user ${n}`).messages.count()))
say(JSON.stringify({ turns, counts }))
