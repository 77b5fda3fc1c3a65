import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { type CheckpointTuple, emptyCheckpoint } from '@langchain/langgraph-checkpoint'
import { afterAll, expect, it } from 'vitest'
import { agentWithClerkOn, digest, question } from './saver-agent.ts'

const folder = mkdtempSync(join(tmpdir(), 'everthread-kill-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const kills = process.env.EVERTHREAD_SOAK ? 200 : 20
/** How many kills a thread goes through. */
const KILLS_A_THREAD = 4

/** What a child said that its saver has acknowledged. Without a task: a checkpoint, else the writes of that task. */
interface Acknowledged {
  thread: string
  checkpoint: string
  task?: string
  values: string
}

/** Numbers from 0 to 1, the same for the same seed. */
function* random(seed: number): Generator<number, never> {
  let state = seed
  while (true) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 32
  }
}

/** A process at work on the file, killed hard while it runs turns. */
class Victim {
  readonly #child: ChildProcess
  readonly acknowledged: Acknowledged[] = []

  constructor(path: string) {
    this.#child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'saver-kill-child.ts'), path],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') } },
    )
  }

  /** Runs turns on the thread until so many things are acknowledged, and a little longer. */
  async runAndDie(thread: string, acknowledgements: number, extraMs: number): Promise<Acknowledged[]> {
    let killed = false
    for await (const line of createInterface(this.#child.stdout as NodeJS.ReadableStream)) {
      const said = JSON.parse(line) as Acknowledged | 'ready'
      if (said === 'ready') this.#child.stdin?.write(`${thread}\n`)
      else this.acknowledged.push(said)
      if (killed || this.acknowledged.length < acknowledgements) continue
      killed = true
      delay(extraMs).then(() => this.kill())
    }
    return this.acknowledged
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

it('a process killed while it runs turns loses nothing that was acknowledged', { timeout: 600_000 }, async () => {
  const path = join(folder, 'agents.db')
  const numbers = random(20_261_120)
  const all: Acknowledged[] = []
  let next = new Victim(path)
  for (let kill = 0; kill < kills; kill++) {
    const thread = `thread-${Math.floor(kill / KILLS_A_THREAD)}`
    const victim = next
    if (kill + 1 < kills) next = new Victim(path)
    const acknowledged = await victim.runAndDie(thread, 1 + numbers.next().value * 40, numbers.next().value * 8)
    all.push(...acknowledged)
    expect(acknowledged.length).toBeGreaterThan(0)

    const store = sqliteStore(path)
    const saver = new EverthreadSaver({ store })
    await expectStored(saver, acknowledged)
    const before = await saver.getTuple({ configurable: { thread_id: thread } })
    const { messages } = await agentWithClerkOn(saver).invoke(question(kill), { configurable: { thread_id: thread } })
    const known = before?.checkpoint.channel_values.messages as unknown[] | undefined
    expect(messages.length).toBeGreaterThanOrEqual((known?.length ?? 0) + 4)
    await store.close()
  }
  const store = sqliteStore(path)
  await expectStored(new EverthreadSaver({ store }), all)
  await store.close()
})

async function expectStored(saver: EverthreadSaver, acknowledged: readonly Acknowledged[]): Promise<void> {
  for (const [thread, ofThread] of Map.groupBy(acknowledged, ({ thread }) => thread)) {
    const tuples = new Map<string, CheckpointTuple>()
    for await (const tuple of saver.list({ configurable: { thread_id: thread } }))
      tuples.set(tuple.checkpoint.id, tuple)
    for (const { checkpoint, task, values } of ofThread) {
      const known = tuples.get(checkpoint)
      const tuple = task !== undefined && !known ? await withItsCheckpoint(saver, thread, checkpoint) : known
      const found = task === undefined ? tuple?.checkpoint.channel_values : writesOf(tuple, task)
      expect(digest(found ?? 'nothing')).toBe(values)
    }
  }
}

/** Writes may come before their checkpoint: in a copy of the thread it is put, and they are there. */
async function withItsCheckpoint(
  saver: EverthreadSaver,
  thread: string,
  id: string,
): Promise<CheckpointTuple | undefined> {
  const configurable = { thread_id: `copy of ${thread}`, checkpoint_ns: '' }
  await saver.copyThread(thread, configurable.thread_id)
  await saver.put({ configurable }, { ...emptyCheckpoint(), id }, { source: 'loop', step: 0, parents: {} }, {})
  const tuple = await saver.getTuple({ configurable: { ...configurable, checkpoint_id: id } })
  await saver.deleteThread(configurable.thread_id)
  return tuple
}

const writesOf = (tuple: CheckpointTuple | undefined, task: string): unknown =>
  tuple?.pendingWrites?.filter(([id]) => id === task).map(([, channel, value]) => [channel, value])
