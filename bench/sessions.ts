import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BaseMessage } from '@langchain/core/messages'
import { load } from './src/load.ts'
import { startServers } from './src/servers.ts'
import { checkpointOf, conversations } from './src/sessions/conversation.ts'
import { type OpenedSaver, type Subject, subjects } from './src/subjects.ts'
import { bytes, figures, table } from './src/table.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const writers = 16
const readers = 32
const distinct = 1000

export const usage = `sessions [--count 100000] [--savers redis,postgres,sqlite] [--json file]
  live sessions of 20 messages each: how fast they are made and loaded, and what they take
  --count   how many sessions
  --json    also write the figures to this file`

interface SessionsResult {
  name: string
  count: number
  createdPerSecond: number
  /** Loads under concurrent readers: milliseconds, and loads a second. */
  load: { p50: number; p99: number; rate: number }
  storedBytes: number
  /** Stored bytes over the JSON of the messages. */
  ofJson: number
  /** After half of the sessions were deleted and written again: as the server tells it, or the bytes as first written over now. */
  liveOverAllocated: number
  /** This process's heap in use after a collection, before the first load and after the last. */
  heap: { before: number; after: number }
}

export async function sessions(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '100000' },
      savers: { type: 'string', default: 'redis,postgres,sqlite' },
      json: { type: 'string' },
    },
  })
  const count = Number(values.count)
  if (!Number.isSafeInteger(count) || count < 100) throw new Error('--count takes a whole number of at least 100.')
  const names = values.savers.split(',')
  const servers = await startServers(names)
  const results: SessionsResult[] = []
  try {
    console.log(`sessions: ${count.toLocaleString('en-US')} of 20 messages; Node ${process.version}`)
    for (const name of names) {
      const subject = await subjects[name]?.()
      if (!subject) throw new Error(`There is no saver ${name}: choose from ${Object.keys(subjects).join(', ')}.`)
      const reason = servers.unavailable[name]
      if (reason === undefined) results.push(await measure(subject, count))
      else console.log(`  ${name}: skipped, ${reason}`)
    }
  } finally {
    await servers.stop()
  }
  console.log(`\n${tableOf(results)}\n`)
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
}

async function measure(subject: Subject, count: number): Promise<SessionsResult> {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const opened = await subject.open(folder, `bench_sessions_${process.pid}`)
  const texts = conversations(Math.min(count, distinct))
  const textOf = (index: number): BaseMessage[] => texts[index % texts.length] as BaseMessage[]
  try {
    const start = performance.now()
    await inParallel(count, 1, (index) => create(opened, index, textOf(index)))
    const createdPerSecond = count / ((performance.now() - start) / 1000)
    const storedBytes = await sizeOf(opened)
    const before = heapInUse()
    const loads = await load((index) => loadSession(opened, spread(index, count), textOf), readers, 10_000)
    const after = heapInUse()
    await inParallel(count, 2, (index) => opened.saver.deleteThread(threadOf(index)))
    await inParallel(count, 2, (index) => create(opened, index, textOf(index)))
    const json = texts.reduce((sum, messages) => sum + Buffer.byteLength(JSON.stringify(messages)), 0) / texts.length
    return {
      name: subject.name,
      count,
      createdPerSecond,
      load: loads,
      storedBytes,
      ofJson: storedBytes / (json * count),
      liveOverAllocated: (await opened.liveShare?.()) ?? storedBytes / (await sizeOf(opened)),
      heap: { before, after },
    }
  } finally {
    await opened.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function create({ saver }: OpenedSaver, index: number, messages: BaseMessage[]): Promise<void> {
  const config = { configurable: { thread_id: threadOf(index), checkpoint_ns: '' } }
  await saver.put(config, checkpointOf(messages), { source: 'input', step: -1, parents: {} }, { messages: 1 })
}

async function loadSession(
  { saver }: OpenedSaver,
  index: number,
  textOf: (index: number) => BaseMessage[],
): Promise<void> {
  const tuple = await saver.getTuple({ configurable: { thread_id: threadOf(index) } })
  const messages = tuple?.checkpoint.channel_values.messages as BaseMessage[] | undefined
  if (messages?.at(-1)?.id !== textOf(index).at(-1)?.id) throw new Error(`Session ${index} did not read back.`)
}

async function inParallel(count: number, step: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    for (let index = next; index < count; index = next) {
      next += step
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: writers }, one))
}

/** Every session comes up, in no order that a cache could like. */
function spread(index: number, count: number): number {
  return (index * 7919 + 13) % count
}

function threadOf(index: number): string {
  return `customer-${index}`
}

async function sizeOf({ storedBytes }: OpenedSaver): Promise<number> {
  if (!storedBytes) throw new Error('This saver does not tell what it stores.')
  return storedBytes()
}

function heapInUse(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

function tableOf(results: readonly SessionsResult[]): string {
  const head = [
    'saver',
    'created /s',
    'loads /s',
    'load p50 ms',
    'p99 ms',
    'stored',
    'x JSON',
    'live/allocated',
    'heap before',
    'after',
  ]
  const rows = results.map((result) => [
    result.name,
    Math.round(result.createdPerSecond).toLocaleString('en-US'),
    Math.round(result.load.rate).toLocaleString('en-US'),
    figures(result.load.p50),
    figures(result.load.p99),
    bytes(result.storedBytes),
    `${figures(result.ofJson)}x`,
    figures(result.liveOverAllocated),
    bytes(result.heap.before),
    bytes(result.heap.after),
  ])
  return table([head, ...rows])
}
