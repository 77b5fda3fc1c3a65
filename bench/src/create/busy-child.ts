/** Ten sessions at work at once in a process held to little memory; says what they did and what it took before and most. */
import { setTimeout as pause } from 'node:timers/promises'
import { LifecycleManager, SessionManager } from '@everthread/core'
import { openStore } from '../open-stores.ts'

const [name = '', folder = '', label = '', sessions = '10', ms = '10000'] = process.argv.slice(2)
const store = await openStore(name, folder, label)
const manager = new SessionManager({ store })
const lifecycle = new LifecycleManager({ sessions: manager, memory: { everyMs: 1_000 } })
lifecycle.start()

const text = 'What the sun has warmed by day the stones give back at night. '.repeat(12)
const until = performance.now() + Number(ms)
const imported = process.memoryUsage.rss()
let turns = 0
let peak = 0

const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 50)

async function work(n: number): Promise<void> {
  const { session } = await manager.as({ userId: `user-${n}` }).getOrCreate(`busy-${n}`, { agentId: 'bench' })
  while (performance.now() < until) {
    await session.turn(async (turn) => {
      turn.append({ role: 'user', parts: [{ type: 'text', content: text }] })
      await turn.checkpoint()
      turn.data.set('turns', turns)
      turn.append({ role: 'assistant', parts: [{ type: 'text', content: text.repeat(3) }] })
    })
    turns++
    // The history of a busy session is read, too: the newest of it now and then.
    if (turns % 10 === 0) await session.messages.list()
    await pause(1)
  }
}

await Promise.all(Array.from({ length: Number(sessions) }, (_, n) => work(n)))
clearInterval(watch)
peak = Math.max(peak, process.memoryUsage.rss())
const { messages } = (await manager.as({ userId: 'user-0' }).getOrCreate('busy-0')).session.counts
process.stdout.write(JSON.stringify({ turns, messages, imported, peak, heap: process.memoryUsage().heapUsed }))
await lifecycle.stop()
await manager.close()
await store.close()
