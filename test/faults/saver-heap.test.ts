import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const MB = 1024 * 1024
const messages = 20_000
const checkpoints = process.env.EVERTHREAD_SOAK ? 25_000 : 2_000

const folder = mkdtempSync(join(tmpdir(), 'everthread-heap-'))
const file = join(folder, 'long.db')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const child = join(import.meta.dirname, 'saver-heap-child.ts')

/** Bytes of heap. `after` includes what the operation gave, and none of its saver. */
interface Heap {
  before: number
  peak: number
  after: number
}

/** Runs an operation in a process of its own, in a heap no larger than this. */
async function run(operation: string, { heapMb = 512, args = [] as string[] } = {}): Promise<Heap> {
  const flags = ['--expose-gc', '--max-semi-space-size=1', `--max-old-space-size=${heapMb}`]
  const own = join(folder, `${operation}.db`)
  if (operation !== 'build') copyFileSync(file, own)
  const target = operation === 'build' ? file : own
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child, operation, target, ...args])
  return JSON.parse(stdout) as Heap
}

describe(`a thread of ${messages} messages and ${checkpoints} checkpoints`, () => {
  let before: number
  let tuple: number

  beforeAll(async () => {
    await run('build', { args: [String(messages), String(checkpoints)] })
    const one = await run('getTuple')
    before = one.before
    tuple = one.after - one.before
  }, 600_000)

  it.each(['getTuple', 'list', 'pruneCheckpoints'])('%s needs a heap of at most three tuples', async (operation) => {
    // The process would not survive needing more.
    const heap = await run(operation, { heapMb: Math.floor((before + 3 * tuple) / MB) })
    const most = (heap.peak - heap.before) / tuple
    process.stdout.write(`${operation}: ${most.toFixed(2)} tuples of ${(tuple / MB).toFixed(1)} MB at most\n`)
    expect(most).toBeLessThanOrEqual(3)
  })
})
