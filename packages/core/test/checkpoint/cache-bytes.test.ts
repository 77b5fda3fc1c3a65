import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { defaultCacheBytes } from '../../src/checkpoint/cache-bytes.ts'

const MB = 1024 * 1024

it.each([
  [4_096 * MB, 64 * MB],
  [512 * MB, 64 * MB],
  [128 * MB, 16 * MB],
])('a heap of %d bytes may keep %d of text', (heap, bytes) => {
  expect(defaultCacheBytes(heap)).toBe(bytes)
})

it('a process of little memory keeps little', () => {
  const file = new URL('../../src/checkpoint/cache-bytes.ts', import.meta.url).href
  const script = `import(${JSON.stringify(file)}).then(({ defaultCacheBytes }) => console.log(defaultCacheBytes()))`
  const flags = ['--max-old-space-size=128', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning']
  const bytes = Number(execFileSync(process.execPath, [...flags, '-e', script], { encoding: 'utf8' }))
  expect(bytes).toBeGreaterThan(15 * MB)
  expect(bytes).toBeLessThan(20 * MB)
})
