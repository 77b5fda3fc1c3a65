import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scripts } from '../../src/stores/redis/scripts.ts'

const folder = new URL('../../src/stores/redis/lua/', import.meta.url)
const files = readdirSync(folder).sort()
const texts = new Map(files.map((file) => [basename(file, '.lua'), readFileSync(new URL(file, folder), 'utf8')]))

/** What scripts begin with. */
const PARTS = new Set(['prelude', 'unchanged'])

describe('the scripts', () => {
  it('are embedded as they stand in their files, so that bundlers find them', async () => {
    const names = [...texts.keys()].map((name) => `  | '${name}'`).join('\n')
    const entries = [...texts].map(
      ([name, text]) => `  ${propertyName(name)}: ${text.includes('\\') ? 'String.raw' : ''}\`${text}\`,`,
    )
    const module = [
      '/** The text of lua/*.lua. Made by this package\'s test "scripts": run it with `-u` after a change. */',
      `export const luaText: Record<\n${names},\n  string\n> = {`,
      ...entries,
      '}',
      '',
    ].join('\n')
    await expect(module).toMatchFileSnapshot(new URL('../lua-text.ts', folder).pathname)
  })

  it.each(Object.values(scripts).map((script) => script.name))('%s takes as many keys as its name says', (name) => {
    const text = texts.get(name) ?? ''
    const used = [...text.matchAll(/\bKEYS\[(\d+)\]/g)].map(([, key]) => Number(key))
    const count = name.split('-')[1]
    if (count === 'n') expect(text).toMatch(/\bipairs\(KEYS\)/)
    else expect(Math.max(...used)).toBe(Number(count))
  })

  it.each([...texts.keys()].filter((name) => !PARTS.has(name)))(
    '%s says its keys, arguments and reply first',
    (name) => {
      expect(texts.get(name)).toMatch(/^(-- .*\n)+-- KEYS .*\n-- ARGV .*\n(-- .*\n)*-- Reply /)
      expect(scripts).toHaveProperty([name])
    },
  )
})

function propertyName(name: string): string {
  return name.includes('-') ? `'${name}'` : name
}
