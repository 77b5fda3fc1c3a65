import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SessionManager } from '@everthread/core'
import { createChat, toNeutral } from '@everthread/vercel-ai-adapter'
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

/** Flat is an overhead that has grown by no more than this from the shortest history to the longest. */
const FLAT = 1.25

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
    const growths: string[] = []
    const rows: string[][] = [[...head, 'more: first byte', 'end', 'CPU', 'commits', 'reads']]
    for (const name of wanted) {
      const reason = servers.unavailable[name]
      if (reason !== undefined) {
        console.log(`  ${name}: skipped, ${reason}`)
        continue
      }
      const measured = await measure(name, count)
      for (const one of measured) rows.push([name, String(one.size), ...cells(one)])
      growths.push(growthOf(name, measured))
    }
    console.log(`\n${table(rows)}\n`)
    console.log(
      `What ours adds at ${SIZES.at(-1)} messages, in times what it adds at ${SIZES[0]} (flat: at most ${FLAT}):`,
    )
    for (const growth of growths) console.log(`  ${growth}`)
  } finally {
    await servers.stop()
  }
}

interface Measured {
  size: number
  bare: Cost
  ours: Cost
}

/** All sizes by turns, so that what the machine does meanwhile is in all of them. */
async function measure(name: string, count: number): Promise<Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const store = await openStore(name, folder, `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`)
  try {
    const sessions = new SessionManager({ store: counted(store) })
    const chat = createChat({ sessions, budget: BUDGET })
    const routes: Route[] = []
    for (const size of SIZES) {
      const id = `chat-${size}`
      const history = conversation(size)
      const session = await sessions.as({ userId: 'ada' }).create({ id, kind: 'chat' })
      await session.messages.append(toNeutral(history))
      routes.push((at, res) => bareRoute({ messages: [...history, question(`b${at}`)] }, res))
      routes.push((at, res) => keptRoute(chat, { id, messages: [question(`k${at}`)] }, res))
    }
    // The first requests open connections, warm the code and load the histories.
    await costs(routes, -20, 0)
    const means = await costs(routes, 0, count)
    return SIZES.map((size, i) => ({ size, bare: means[2 * i] as Cost, ours: means[2 * i + 1] as Cost }))
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const added = ({ bare, ours }: Measured): [first: number, end: number, cpu: number] => [
  ours.firstMs - bare.firstMs,
  ours.endMs - bare.endMs,
  ours.cpuMs - bare.cpuMs,
]

function cells(measured: Measured): string[] {
  const shown = ({ firstMs, endMs, cpuMs }: Cost): number[] => [firstMs, endMs, cpuMs]
  const { bare, ours } = measured
  return [...shown(bare), ...shown(ours), ...added(measured), ours.commits, ours.reads].map(figures)
}

function growthOf(name: string, measured: readonly Measured[]): string {
  const [least, most] = [added(measured[0] as Measured), added(measured.at(-1) as Measured)]
  const [first, end, cpu] = most.map((ms, i) => ms / (least[i] as number)) as [number, number, number]
  const isFlat = Math.max(first, end, cpu) <= FLAT
  return `${name}: first byte ${first.toFixed(2)}, end ${end.toFixed(2)}, CPU ${cpu.toFixed(2)}: ${isFlat ? 'flat' : 'not flat'}`
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

type Route = (at: number, res: Stopwatch) => Promise<void>

/** The means of one request of each, by turns. */
async function costs(routes: readonly Route[], from: number, to: number): Promise<Cost[]> {
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
