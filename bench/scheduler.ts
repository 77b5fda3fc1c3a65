import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ProcessScheduler, type Session, SessionManager, type Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { openStore, stores } from './src/open-stores.ts'
import { startServers } from './src/servers.ts'
import { figures, table } from './src/table.ts'
import { counted, trips } from './src/trips.ts'

export const usage = `scheduler [--stores a,b] [--turns 200] [--waiting 10000]
  a turn that a scheduler lets in, without and with a budget, against one that only its session holds back;
  then many turns of as many sessions that wait for 4 slots
  --stores   only these: memory, sqlite, redis, postgres
  --turns    how many of each
  --waiting  how many wait at once`

/** Of one turn, on average. */
interface Cost {
  cpuMs: number
  ms: number
  commits: number
  reads: number
}

export async function scheduler(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      stores: { type: 'string', default: Object.keys(stores).join(',') },
      turns: { type: 'string', default: '200' },
      waiting: { type: 'string', default: '10000' },
    },
  })
  const [count, waiting] = [Number(values.turns), Number(values.waiting)]
  if (!(count > 0 && waiting > 0)) throw new Error('--turns and --waiting take numbers above 0.')
  const wanted = values.stores.split(',')
  const servers = await startServers(wanted)
  try {
    console.log(`scheduler: ${count} turns of one step; Node ${process.version}`)
    const rows: string[][] = [['store', 'turn', 'ms', 'CPU ms', 'more CPU ms', 'commits', 'reads']]
    for (const name of wanted) {
      const reason = servers.unavailable[name]
      if (reason === undefined) rows.push(...(await measure(name, count)))
      else console.log(`  ${name}: skipped, ${reason}`)
    }
    console.log(`\n${table(rows)}\n`)
    console.log(await manyWaiting(waiting))
  } finally {
    await servers.stop()
  }
}

const ways = { bare: 'without a scheduler', scheduled: 'with one', budgeted: 'with one and a budget' }

async function measure(name: string, count: number): Promise<string[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const store = await openStore(name, folder, `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`)
  const sessions = sessionsOf(counted(store))
  try {
    const totals = new Map<string, Cost>()
    // In turns, so that what else the machine does is the same for all. The first round warms the code.
    for (let round = -1; round < 10; round++) {
      for (const [way, session] of Object.entries(sessions)) {
        const cost = await costOf(session, Math.ceil(count / 10))
        const total = totals.get(way)
        if (round >= 0) totals.set(way, total ? sum(total, cost) : cost)
      }
    }
    const bare = totals.get('bare') as Cost
    return [...totals].map(([way, total]) => [
      way === 'bare' ? name : '',
      ways[way as keyof typeof ways],
      figures(total.ms / 10),
      figures(total.cpuMs / 10),
      way === 'bare' ? '' : figures((total.cpuMs - bare.cpuMs) / 10),
      figures(total.commits / 10),
      figures(total.reads / 10),
    ])
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function sessionsOf(store: Store): Record<keyof typeof ways, Session> {
  const open = (id: string, scheduler?: ProcessScheduler): Session =>
    new SessionManager({ store, ...(scheduler ? { scheduler } : {}) }).asService().open(id)
  return {
    bare: open('bare'),
    scheduled: open('scheduled', new ProcessScheduler({ concurrency: 4 })),
    budgeted: open('budgeted', new ProcessScheduler({ concurrency: 4, budgets: [{ per: 'tenant', tokens: 1e9 }] })),
  }
}

async function costOf(session: Session, count: number): Promise<Cost> {
  Object.assign(trips, { commits: 0, reads: 0 })
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (let at = 0; at < count; at++) {
    await session.turn((turn) => {
      turn.append({ role: 'user', parts: [{ type: 'text', content: `turn ${at}` }] })
      turn.spent(100)
    })
  }
  const { user, system } = process.cpuUsage(cpu)
  const { commits, reads } = trips
  const of = (value: number): number => value / count
  return {
    ms: of(performance.now() - started),
    cpuMs: of((user + system) / 1_000),
    commits: of(commits),
    reads: of(reads),
  }
}

const sum = (a: Cost, b: Cost): Cost => ({
  ms: a.ms + b.ms,
  cpuMs: a.cpuMs + b.cpuMs,
  commits: a.commits + b.commits,
  reads: a.reads + b.reads,
})

/** What a turn costs more for that others wait, and what the longest decision takes. */
async function manyWaiting(count: number): Promise<string> {
  const rows = [['waiting at once', 'CPU ms a turn', 'heap bytes for each that waits']]
  for (const many of [Math.ceil(count / 100), count]) {
    const scheduler = new ProcessScheduler({ concurrency: 4 })
    const sessions = new SessionManager({ store: memoryStore(), scheduler, cache: { sessions: many } }).asService()
    const gate = Promise.withResolvers<void>()
    const classes = ['background', 'normal', 'urgent'] as const
    const before = process.memoryUsage().heapUsed
    const turns = Array.from({ length: many }, (_, n) =>
      sessions.open(`session ${n}`).turn(() => gate.promise, { priority: classes[n % 3] ?? 'normal' }),
    )
    while (scheduler.stats().waiting + scheduler.stats().running < many)
      await new Promise((resolve) => setImmediate(resolve))
    const bytes = (process.memoryUsage().heapUsed - before) / many
    const cpu = process.cpuUsage()
    gate.resolve()
    await Promise.all(turns)
    const { user, system } = process.cpuUsage(cpu)
    rows.push([String(many), figures((user + system) / 1_000 / many), figures(bytes)])
  }
  return table(rows)
}
