import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { type SessionHandle, SessionManager } from '@everthread/core'
import { openStore, stores } from './src/open-stores.ts'
import { startServers } from './src/servers.ts'
import { figures, table } from './src/table.ts'

const atOnce = 8
/** What V8 gives itself in a container of 256 MB: half of it for what lives long, and 1 MB for what is new. */
const heap = ['--max-old-space-size=128', '--max-semi-space-size=1']
const warmUp = 100

export const usage = `create [--stores a,b] [--count 2000] [--sessions 10] [--seconds 10]
  sessions made, one after the other and ${atOnce} at a time; then some at work at once in a process of little memory
  --stores    only these: memory, sqlite, redis, postgres
  --count     how many to make each way
  --sessions  how many are at work at once
  --seconds   for how long`

export async function create(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      stores: { type: 'string', default: Object.keys(stores).join(',') },
      count: { type: 'string', default: '2000' },
      sessions: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '10' },
    },
  })
  const [count, sessions, seconds] = [values.count, values.sessions, values.seconds].map(Number)
  if (!count || !sessions || !seconds) throw new Error('--count, --sessions and --seconds take numbers above 0.')
  const wanted = values.stores.split(',')
  const servers = await startServers(wanted)
  const made: string[][] = [
    ['store', 'p50 ms', 'p99 ms', 'most ms', `p99 ms, ${atOnce} at a time`, 'with a limit, p99 ms'],
  ]
  const busy: string[][] = [
    ['store', 'sessions', 'turns', 'messages of one', 'bare Node RSS MB', 'imported', 'peak RSS MB', 'heap MB'],
  ]
  try {
    console.log(`create: ${count} sessions; Node ${process.version}`)
    for (const name of wanted) {
      const reason = servers.unavailable[name]
      if (reason !== undefined) {
        console.log(`  ${name}: skipped, ${reason}`)
        continue
      }
      made.push(await measure(name, count))
      busy.push(await work(name, sessions, seconds))
    }
    console.log(`\n${table(made)}\n\nat work at once in a process as of 256 MB (${heap.join(' ')})\n\n${table(busy)}\n`)
  } finally {
    await servers.stop()
  }
}

const newLabel = (): string => `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`

async function measure(name: string, count: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const store = await openStore(name, folder, newLabel())
  try {
    const service = new SessionManager({ store }).asService()
    const limited = new SessionManager({ store, limits: { perUser: 5 } }).asService()
    // The first open connections and warm the code.
    await timesOf(service, warmUp, 1)
    const alone = await timesOf(service, count, 1)
    const together = await timesOf(service, count, atOnce)
    const within = await timesOf(limited, count, 1, 'limited')
    const columns = [at(alone, 0.5), at(alone, 0.99), at(alone, 1), at(together, 0.99), at(within, 0.99)]
    return [name, ...columns.map(figures)]
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sorted, ms. */
async function timesOf(handle: SessionHandle, count: number, lanes: number, whose = 'user'): Promise<number[]> {
  const times: number[] = []
  let made = 0
  const lane = async (): Promise<void> => {
    while (made < count) {
      const n = made++
      const begun = performance.now()
      await handle.create({
        userId: `${whose}-${n % 50}`,
        agentId: 'bench',
        channel: 'web',
        metadata: { plan: 'pro', n },
      })
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return times.sort((a, b) => a - b)
}

const at = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

async function work(name: string, sessions: number, seconds: number): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const file = fileURLToPath(new URL('src/create/busy-child.ts', import.meta.url))
  try {
    const run = promisify(execFile)
    const bare = await run(process.execPath, [...heap, '-p', 'process.memoryUsage.rss()'])
    const { stdout } = await run(process.execPath, [
      ...heap,
      '--disable-warning=ExperimentalWarning',
      '--conditions=development',
      file,
      name,
      folder,
      newLabel(),
      String(sessions),
      String(seconds * 1_000),
    ])
    const { turns, messages, imported, peak, heap: used } = JSON.parse(stdout) as Record<string, number>
    const mb = (bytes = 0): string => figures(bytes / 1024 ** 2)
    return [
      name,
      String(sessions),
      String(turns),
      String(messages),
      mb(Number(bare.stdout)),
      mb(imported),
      mb(peak),
      mb(used),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
