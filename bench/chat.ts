import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SessionManager, type Store } from '@everthread/core'
import { type Chat, createChat, toNeutral } from '@everthread/vercel-ai-adapter'
import type { UIMessage } from 'ai'
import { bareRoute, keptRoute, Stopwatch } from './src/chat/routes.ts'
import { openStore, stores } from './src/open-stores.ts'
import { startServers } from './src/servers.ts'
import { figures, table } from './src/table.ts'
import { dice, prose } from './src/text.ts'
import { counted, trips } from './src/trips.ts'

const SIZES = [10, 100, 1_000]
/** Of ours, in tokens, as the README has it: all of the longest history would be about 100,000. */
const BUDGET = 50_000

export const usage = `chat [--stores a,b] [--requests 40]
  a chat route from begin to pipe, at ${SIZES.join(', ')} messages of history, against the bare streamText route, which keeps nothing
  --stores    only these: memory, sqlite, redis, postgres
  --requests  how many of each`

/** Of one request. */
interface Cost {
  firstMs: number
  endMs: number
  cpuMs: number
  commits: number
  reads: number
}

export async function chat(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      stores: { type: 'string', default: Object.keys(stores).join(',') },
      requests: { type: 'string', default: '40' },
    },
  })
  const count = Number(values.requests)
  if (!(count > 0)) throw new Error('--requests takes a number above 0.')
  const wanted = values.stores.split(',')
  const servers = await startServers(wanted)
  try {
    console.log(`chat: ${count} requests of one step; Node ${process.version}`)
    const head = ['store', 'messages', 'bare: first byte ms', 'end', 'CPU', 'ours: first byte ms', 'end', 'CPU']
    const rows: string[][] = [[...head, 'more: first byte', 'end', 'CPU', 'commits', 'reads']]
    for (const name of wanted) {
      const reason = servers.unavailable[name]
      if (reason === undefined) for (const size of SIZES) rows.push(await measure(name, size, count))
      else console.log(`  ${name}: skipped, ${reason}`)
    }
    console.log(`\n${table(rows)}\n`)
  } finally {
    await servers.stop()
  }
}

async function measure(name: string, size: number, count: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const store = await openStore(name, folder, `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`)
  try {
    const history = conversation(size)
    const ours = await chatWith(counted(store), history)
    const bare = async (at: number, res: Stopwatch): Promise<void> =>
      bareRoute({ messages: [...history, question(`b${at}`)] }, res)
    const kept = async (at: number, res: Stopwatch): Promise<void> =>
      keptRoute(ours, { id: 'chat', messages: [question(`k${at}`)] }, res)
    // The first requests open connections and warm the code.
    await costs([bare, kept], -20, 0)
    const [without, within] = (await costs([bare, kept], 0, count)) as [Cost, Cost]
    const more = [within.firstMs - without.firstMs, within.endMs - without.endMs, within.cpuMs - without.cpuMs]
    const shown = ({ firstMs, endMs, cpuMs }: Cost): string[] => [firstMs, endMs, cpuMs].map(figures)
    const counts = [within.commits, within.reads].map(figures)
    return [name, String(size), ...shown(without), ...shown(within), ...more.map(figures), ...counts]
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A chat with a history, which each request makes two messages longer. */
async function chatWith(store: Store, history: readonly UIMessage[]): Promise<Chat> {
  const sessions = new SessionManager({ store })
  const session = await sessions.as({ userId: 'ada' }).create({ id: 'chat', kind: 'chat' })
  await session.messages.append(toNeutral(history))
  return createChat({ sessions, budget: BUDGET })
}

const question = (id: string): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text: 'And then?' }] })

function conversation(size: number): UIMessage[] {
  const d = dice(7)
  return Array.from({ length: size }, (_, i) => ({
    id: `m${i}`,
    role: i % 2 === 0 ? 'user' : 'assistant',
    parts: [{ type: 'text', text: prose(d, i % 2 === 0 ? 200 : 600) }],
  }))
}

/** The means of one request of each, by turns. */
async function costs(
  routes: ((at: number, res: Stopwatch) => Promise<void>)[],
  from: number,
  to: number,
): Promise<Cost[]> {
  const sums = routes.map((): Cost => ({ firstMs: 0, endMs: 0, cpuMs: 0, commits: 0, reads: 0 }))
  for (let at = from; at < to; at++) {
    for (const [i, route] of routes.entries()) {
      Object.assign(trips, { commits: 0, reads: 0 })
      const res = new Stopwatch()
      const cpu = process.cpuUsage()
      await route(at, res)
      // What goes on after the answer has ended is part of what it costs.
      await new Promise((resolve) => setTimeout(resolve, 5))
      const { user, system } = process.cpuUsage(cpu)
      const sum = sums[i] as Cost
      sum.firstMs += res.firstMs / (to - from)
      sum.endMs += res.endMs / (to - from)
      sum.cpuMs += (user + system) / 1_000 / (to - from)
      sum.commits += trips.commits / (to - from)
      sum.reads += trips.reads / (to - from)
    }
  }
  return sums
}
