import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'

const MB = 1024 * 1024
const items = process.env.EVERTHREAD_SOAK ? 100_000 : 5_000
const folder = mkdtempSync(join(tmpdir(), 'everthread-memories-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it(`${items} items are listed and searched in a heap that does not grow with them`, async () => {
  // The process would not survive holding them: they are more than 20 MB of JSON for each 100,000.
  const flags = ['--expose-gc', '--max-semi-space-size=1', '--max-old-space-size=64']
  const child = join(import.meta.dirname, 'heap-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child, join(folder, 'm.db'), String(items)])
  const { grown, ...found } = JSON.parse(stdout) as { grown: number }
  process.stdout.write(`${items} items: ${(grown / MB).toFixed(1)} MB of heap\n`)
  expect(found).toEqual({ nearest: '5', filtered: [`key${items - 1}`], page: 5, namespaces: 7 })
  expect(grown).toBeLessThan(16 * MB)
}, 300_000)
