import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BaseMessage } from '@langchain/core/messages'
import { type Load, load } from '../load.ts'
import type { OpenedSaver, Subject } from '../subjects.ts'
import type { TurnSource } from '../turns.ts'
import { checkpointOf } from './conversation.ts'
import { grownSessions } from './grown.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const writers = 16
const readers = 32
const loadMs = 10_000

export interface SessionsResult {
  name: string
  text: string
  count: number
  createdPerSecond: number
  /**
   * One reader; 32 at half of what the process can do, each with pauses; 32 that never pause. And 32 who ask the server
   * for nothing, with the same pauses.
   */
  load: { one: Load; half: Load; full: Load; ping?: Load }
  storedBytes: number
  /** Stored bytes over the JSON of the messages, each session put at once. */
  ofJson: number
  /** The same of sessions that grew by the turns of a graph, 25 checkpoints each. */
  grown: { count: number; ofJson: number }
  /** After half of the sessions were deleted and written again: as the server tells it, or the bytes as first written over now. */
  liveOverAllocated: number
  /** This process's heap in use after a collection: after so many sessions, and after the loads. */
  heap: { at: string; bytes: number }[]
}

export interface SessionsJob {
  count: number
  grown: number
  text: string
  conversations: BaseMessage[][]
  /** For the sessions that grow. */
  turns: TurnSource
}

export async function measureSessions(subject: Subject, job: SessionsJob): Promise<SessionsResult> {
  const { count, conversations, text } = job
  const folder = mkdtempSync(join(tmpdir(), 'everthread-bench-'))
  const textOf = (index: number): BaseMessage[] => conversations[index % conversations.length] as BaseMessage[]
  const grown = await grownSessions(subject, job.grown, job.turns)
  const opened = await subject.open(folder, `bench_sessions_${process.pid}_${text}`)
  const heap: SessionsResult['heap'] = []
  const noteHeap = (at: string): void => {
    collectGarbage()
    heap.push({ at, bytes: process.memoryUsage().heapUsed })
  }
  try {
    let seconds = 0
    let made = 0
    for (const share of [0.1, 0.5, 1]) {
      const next = Math.round(count * share)
      const start = performance.now()
      await inParallel({ from: made, to: next, step: 1 }, (index) => create(opened, index, textOf(index)))
      seconds += (performance.now() - start) / 1000
      made = next
      noteHeap(made.toLocaleString('en-US'))
    }
    const storedBytes = await sizeOf(opened)
    const loads = await measureLoads(opened, (saver, index) => loadSession(saver, spread(index, count), textOf))
    noteHeap('loads')
    await inParallel({ from: 0, to: count, step: 2 }, (index) => opened.saver.deleteThread(threadOf(index)))
    await opened.settle?.()
    await inParallel({ from: 0, to: count, step: 2 }, (index) => create(opened, index, textOf(index)))
    const sizes = conversations.map((messages) => Buffer.byteLength(JSON.stringify(messages)))
    const json = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
    return {
      name: subject.name,
      text,
      count,
      createdPerSecond: count / seconds,
      load: loads,
      storedBytes,
      ofJson: storedBytes / (json * count),
      grown,
      liveOverAllocated: (await opened.liveShare?.()) ?? storedBytes / (await sizeOf(opened)),
      heap,
    }
  } finally {
    await opened.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** By a saver that has seen none of the sessions. */
async function measureLoads(
  opened: OpenedSaver,
  loadOne: (opened: OpenedSaver, index: number) => Promise<void>,
): Promise<SessionsResult['load']> {
  const fresh = (await opened.reopen?.()) ?? opened
  try {
    let next = 0
    const operation = (): Promise<void> => loadOne(fresh, next++)
    const one = await load(operation, 1, loadMs / 2)
    const full = await load(operation, readers, loadMs)
    const pauseMs = (readers / (full.rate / 2)) * 1000
    const half = await load(operation, readers, loadMs, pauseMs)
    const ping = fresh.ping && (await load(fresh.ping, readers, loadMs / 2, pauseMs))
    return { one, half, full, ...(ping && { ping }) }
  } finally {
    if (fresh !== opened) await fresh.close()
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

async function inParallel(
  { from, to, step }: { from: number; to: number; step: number },
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = from
  const one = async (): Promise<void> => {
    for (let index = next; index < to; index = next) {
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
