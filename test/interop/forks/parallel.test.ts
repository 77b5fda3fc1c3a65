import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EverthreadSaver } from '@everthread/langchain-adapter'
import { describe, expect, it } from 'vitest'
import { memory } from '../subjects/memory.ts'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'
import { configurable, grow, type Known, listed, putChild, type State } from './branch.ts'
import { pendingOf, writeBranch } from './write-branch.ts'

const WRITERS = 4
const STEPS = 18

const idOf = ({ config }: Known): string => configurable(config).checkpoint_id as string

/** What each writer's branch must hold: its own steps on the root's state, in order, and nothing of the others. */
async function expectBranches(reader: EverthreadSaver, root: Known, branches: Map<string, string[]>): Promise<void> {
  const all = await listed(reader, configurable(root.config).thread_id as string)
  expect(all.size).toBe(1 + [...branches.values()].flat().length)
  for (const [writer, ids] of branches) {
    let state: State = root.state
    let parent = idOf(root)
    for (const [step, id] of ids.entries()) {
      const name = `${writer}.${step}`
      state = grow(state, name)
      const tuple = all.get(id)
      expect(tuple?.checkpoint.channel_values).toEqual(state)
      expect(tuple?.parentConfig?.configurable?.checkpoint_id).toBe(parent)
      expect(tuple?.pendingWrites).toEqual([[`task-${name}`, 'messages', pendingOf(name)]])
      parent = id
    }
    const head = await reader.getTuple({ configurable: { ...root.config.configurable, checkpoint_id: parent } })
    expect(head?.checkpoint.channel_values).toEqual(state)
  }
}

const writers = Array.from({ length: WRITERS }, (_, at) => `w${at}`)

describe.each([memory, sqlite, redis, postgres])('parallel writers to one thread, on $name', (subject) => {
  const bench = new Bench(subject)

  for (const handles of ['one handle', 'a handle each'] as const) {
    it(`as savers on ${handles}: nothing acknowledged is lost, each branch is intact`, async () => {
      const root = await putChild(bench.saver(), crypto.randomUUID(), undefined, 'root')
      const thread = configurable(root.config).thread_id as string
      const branches = new Map<string, string[]>()
      await Promise.all(
        writers.map((writer) => {
          const store = handles === 'one handle' ? bench.store : bench.open()
          const ids: string[] = []
          branches.set(writer, ids)
          const saver = () => bench.saver({ store })
          return writeBranch({
            saver,
            thread,
            root: idOf(root),
            writer,
            steps: STEPS,
            acknowledged: (id) => ids.push(id),
          })
        }),
      )
      await expectBranches(bench.saver({ store: bench.open() }), root, branches)
    })
  }

  it('who put to the tip at the same time: every put is there, the highest id is the newest', async () => {
    const root = await putChild(bench.saver(), crypto.randomUUID(), undefined, 'root')
    const thread = configurable(root.config).thread_id as string
    const savers = writers.map(() => bench.saver({ store: bench.open() }))
    await Promise.all(savers.map((saver) => saver.getTuple({ configurable: { thread_id: thread } })))
    const puts = await Promise.all(savers.map((saver, at) => putChild(saver, thread, root, `w${at}`)))
    const highest = puts.map(idOf).sort().at(-1)
    for (const reader of [...savers, bench.saver()]) {
      expect((await reader.getTuple({ configurable: { thread_id: thread } }))?.checkpoint.id).toBe(highest)
      for (const { config, state } of puts)
        expect((await reader.getTuple(config))?.checkpoint.channel_values).toEqual(state)
    }
  })
})

describe.each([sqlite, redis])('many threads at once on one saver, on $name', (subject) => {
  const bench = new Bench(subject)

  it('more than it keeps in mind: each gets what was said in it', async () => {
    const saver = bench.saver()
    const threads = Array.from({ length: 150 }, (_, n) => `thread-${n}`)
    const ends = await Promise.all(
      threads.map(async (thread) => {
        let last: Known | undefined
        for (let step = 0; step < 3; step++) last = await putChild(saver, thread, last, `${thread}.${step}`)
        return last as Known
      }),
    )
    for (const { config, state } of ends) {
      expect((await saver.getTuple(config))?.checkpoint.channel_values).toEqual(state)
    }
  })
})

describe.each([
  ['sqlite', sqlite],
  ['redis', redis],
  ['postgres', postgres],
])('parallel processes on one thread, on %s', (file, subject) => {
  const bench = new Bench(subject)

  it('nothing acknowledged is lost, each branch is intact', async () => {
    const root = await putChild(bench.saver(), crypto.randomUUID(), undefined, 'root')
    const thread = configurable(root.config).thread_id as string
    const branches = new Map<string, string[]>()
    await Promise.all(
      writers.map(async (writer) => {
        const args = [file, bench.address ?? '', bench.tenant, thread, idOf(root), writer, `${STEPS}`]
        branches.set(writer, await linesOf(args))
      }),
    )
    expect([...branches.values()].map((ids) => ids.length)).toEqual(writers.map(() => STEPS))
    await expectBranches(bench.saver(), root, branches)
  })
})

/** The lines that a writing process prints before it ends well. */
async function linesOf(args: string[]): Promise<string[]> {
  const script = fileURLToPath(new URL('./writer-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  expect(await ended).toBe(0)
  return lines
}
