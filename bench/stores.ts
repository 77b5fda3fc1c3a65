import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Load, load } from './src/load.ts'
import { startServers } from './src/servers.ts'
import { type StoreSubject, storeSubjects } from './src/stores/subjects.ts'
import { figures, table } from './src/table.ts'
import { dice, toolResult } from './src/text.ts'

const names = 1000
const valueBytes = 1000
const concurrency = 32

export const usage = `stores [--stores a,b] [--ms 2000] [--json file]
  one value of ${valueBytes} bytes set and got under ${names} names, against the same on the bare database
  --stores  only these: ${Object.keys(storeSubjects).join(', ')}
  --ms      how long each operation is measured
  --json    also write the figures to this file`

type Operation = 'set' | 'get'

interface StoreResult {
  name: string
  over: string | undefined
  /** One operation at a time. */
  single: Record<Operation, Load>
  /** Many in flight. */
  concurrent: Record<Operation, Load>
}

export async function stores(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      stores: { type: 'string', default: Object.keys(storeSubjects).join(',') },
      ms: { type: 'string', default: '2000' },
      json: { type: 'string' },
    },
  })
  const ms = Number(values.ms)
  if (!(ms > 0)) throw new Error('--ms takes a number of milliseconds.')
  const wanted = values.stores.split(',')
  const servers = await startServers(wanted)
  const results = new Map<string, StoreResult>()
  try {
    console.log(`stores: ${valueBytes} bytes under ${names} names; Node ${process.version}`)
    for (const key of wanted) {
      const subject = storeSubjects[key]
      if (!subject) throw new Error(`There is no store ${key}: choose from ${Object.keys(storeSubjects).join(', ')}.`)
      const reason = servers.unavailable[key]
      if (reason === undefined) results.set(key, await measure(subject, ms))
      else console.log(`  ${key}: skipped, ${reason}`)
    }
  } finally {
    await servers.stop()
  }
  console.log(`\n${tableOf(results)}\n`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(results), null, 2)}\n`)
}

async function measure(subject: StoreSubject, ms: number): Promise<StoreResult> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const opened = await subject.open(folder, `bench_${process.pid}_${Math.random().toString(36).slice(2, 8)}`)
  try {
    const d = dice(1)
    const bodies = Array.from({ length: names }, () => new TextEncoder().encode(toolResult(d, valueBytes)))
    const set = (index: number): Promise<unknown> =>
      opened.set(`s${index % names}`, bodies[index % names] as Uint8Array)
    const get = (index: number): Promise<unknown> => opened.get(`s${index % names}`)
    for (let index = 0; index < names; index++) await set(index)
    return {
      name: subject.name,
      over: subject.over,
      single: { set: await load(set, 1, ms), get: await load(get, 1, ms) },
      concurrent: { set: await load(set, concurrency, ms), get: await load(get, concurrency, ms) },
    }
  } finally {
    await opened.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function tableOf(results: Map<string, StoreResult>): string {
  const head = [
    'store',
    'operation',
    'one at a time /s',
    'p50 ms',
    'p99 ms',
    `${concurrency} in flight /s`,
    'p99 ms',
    'of the bare rate',
  ]
  const rows = [...results.values()].flatMap((result) =>
    (['set', 'get'] as const).map((operation) => {
      const { single, concurrent } = result
      const bare = result.over === undefined ? undefined : results.get(result.over)
      return [
        operation === 'set' ? result.name : '',
        operation,
        Math.round(single[operation].rate).toLocaleString('en-US'),
        figures(single[operation].p50),
        figures(single[operation].p99),
        Math.round(concurrent[operation].rate).toLocaleString('en-US'),
        figures(concurrent[operation].p99),
        bare ? `${figures(concurrent[operation].rate / bare.concurrent[operation].rate)}x` : '',
      ]
    }),
  )
  return table([head, ...rows])
}
