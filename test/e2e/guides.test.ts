import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as core from '@everthread/core'
import * as memory from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { runSnippet, type Same, sectionsOf } from './guide-snippets.ts'

const guide = readFileSync(fileURLToPath(new URL('../../docs/guides/sessions.md', import.meta.url)), 'utf8')
const [start, ...sections] = sectionsOf(guide)
const modules = { '@everthread/core': { ...core }, '@everthread/core/memory': { ...memory } }
const same: Same = (actual, expected, line) => expect(actual, line).toEqual(expected)

describe('the guide of sessions', () => {
  it.each(sections)('$title', async ({ code }) => {
    const compared = await runSnippet(`${start?.code}\n${code}`, modules, same)
    expect(compared).toBe((code.match(/\/\/ =>/g) ?? []).length)
  })

  it('has many sections, and says what most of its lines give', () => {
    expect(sections.length).toBeGreaterThan(15)
    expect(guide.match(/\/\/ => /g)?.length).toBeGreaterThan(50)
  })

  it('names only methods that there are, in the words of others', async () => {
    const sessions = new core.SessionManager({ store: memory.memoryStore() })
    const ada = sessions.as({ userId: 'ada' })
    const session = await ada.create()
    const lock = await session.lock({ ttl: 60_000 })
    const names: Record<string, object> = { sessions, ada, session, lock, handle: ada }
    const table = guide.slice(guide.indexOf('## What it is called elsewhere'))
    const calls = [...table.matchAll(/`(\w+)\.(?:(asService)\(\)\.)?(?:(\w+)\.)?(\w+)\(/g)]
    expect(calls.length).toBeGreaterThan(30)
    for (const [text, object = '', service, part, method = ''] of calls) {
      const root = service ? sessions.asService() : names[object]
      const holder = part === undefined ? root : (root as Record<string, object> | undefined)?.[part]
      expect(typeof (holder as Record<string, unknown> | undefined)?.[method], text).toBe('function')
    }
  })
})

describe('a snippet', () => {
  it('fails when it gives something else than it says', async () => {
    await expect(runSnippet('1 + 1 // => 3', {}, same)).rejects.toThrow('1 + 1 // => 3')
  })
})
