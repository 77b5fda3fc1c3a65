import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as core from '@everthread/core'
import * as memory from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { runSnippet, type Same, sectionsOf } from './guide-snippets.ts'

const guide = readFileSync(fileURLToPath(new URL('../../docs/guides/scheduler.md', import.meta.url)), 'utf8')
const [start, ...sections] = sectionsOf(guide)
const modules = { '@everthread/core': { ...core }, '@everthread/core/memory': { ...memory } }
const same: Same = (actual, expected, line) => expect(actual, line).toEqual(expected)

describe('the guide of the scheduler', () => {
  it.each(sections)('$title', async ({ code }) => {
    const compared = await runSnippet(`${start?.code}\n${code}`, modules, same)
    expect(compared).toBe((code.match(/\/\/ =>/g) ?? []).length)
  })

  it('says the bound of ageing as it is', () => {
    expect(sections).toHaveLength(7)
    expect(core.AGEING_BOUND_MS).toBe(101_000)
  })
})
