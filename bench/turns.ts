import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Session, SessionManager } from '@everthread/core'
import { openStore, stores } from './src/open-stores.ts'
import { startServers } from './src/servers.ts'
import { figures, table } from './src/table.ts'
import { counted, trips } from './src/trips.ts'

const steps = 3

export const usage = `turns [--stores a,b] [--turns 200]
  a turn of ${steps} steps, one message each, against the same messages appended without a turn
  --stores  only these: memory, sqlite, redis, postgres
  --turns   how many of each`

interface Cost {
  ms: number
  commits: number
  reads: number
}

export async function turns(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      stores: { type: 'string', default: Object.keys(stores).join(',') },
      turns: { type: 'string', default: '200' },
    },
  })
  const count = Number(values.turns)
  if (!(count > 0)) throw new Error('--turns takes a number above 0.')
  const wanted = values.stores.split(',')
  const servers = await startServers(wanted)
  try {
    console.log(`turns: ${count} of ${steps} steps; Node ${process.version}`)
    const rows: string[][] = [['store', 'bare ms', 'turn ms', 'overhead ms', 'of the bare', 'commits', 'reads']]
    for (const name of wanted) {
      const reason = servers.unavailable[name]
      if (reason === undefined) rows.push(await measure(name, count))
      else console.log(`  ${name}: skipped, ${reason}`)
    }
    console.log(`\n${table(rows)}\n`)
  } finally {
    await servers.stop()
  }
}

async function measure(name: string, count: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const store = await openStore(name, folder, `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`)
  try {
    const sessions = new SessionManager({ store: counted(store) }).asService()
    // The first runs open connections and warm the code.
    await cost(sessions.open('warm up'), bare, 20)
    await cost(sessions.open('warm up'), asTurn, 20)
    const without = await cost(sessions.open('bare'), bare, count)
    const within = await cost(sessions.open('turns'), asTurn, count)
    return [
      name,
      figures(without.ms),
      figures(within.ms),
      figures(within.ms - without.ms),
      `${figures(within.ms / without.ms)}x`,
      `${figures(within.commits)} for ${figures(without.commits)}`,
      `${figures(within.reads)} for ${figures(without.reads)}`,
    ]
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const message = (step: number) => ({ role: 'user', parts: [{ type: 'text' as const, content: `step ${step}` }] })

async function bare(session: Session): Promise<void> {
  for (let step = 0; step < steps; step++) await session.messages.append(message(step))
}

async function asTurn(session: Session): Promise<void> {
  await session.turn(async (turn) => {
    for (let step = 0; step < steps; step++) {
      turn.append(message(step))
      // The last step is the turn's end.
      if (step < steps - 1) await turn.checkpoint()
    }
  })
}

/** The mean of one run. */
async function cost(session: Session, run: (session: Session) => Promise<void>, count: number): Promise<Cost> {
  Object.assign(trips, { commits: 0, reads: 0 })
  const started = performance.now()
  for (let at = 0; at < count; at++) await run(session)
  const ms = (performance.now() - started) / count
  return { ms, commits: trips.commits / count, reads: trips.reads / count }
}
