import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Store } from '@everthread/core'
import * as core from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'
import * as adapter from '@everthread/langchain-adapter'
import * as runnables from '@langchain/core/runnables'
import { FakeListChatModel, SyntheticEmbeddings } from '@langchain/core/utils/testing'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import * as langchain from 'langchain'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { runSnippet, type Same, sectionsOf } from '../guide-snippets.ts'

const pages = ['docs/guides/langchain.md', 'docs/guides/langgraph.md', 'packages/langchain-adapter/README.md']
const folder = mkdtempSync(join(tmpdir(), 'everthread-guides-'))
const opened: Store[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a reader has: a graph that answers, a model, and so on. */
const given = {
  builder: new StateGraph(MessagesAnnotation)
    .addNode('say', ({ messages }) => ({ messages: [{ role: 'assistant', content: `Hi ${messages.length}` }] }))
    .addEdge('__start__', 'say'),
  model: new FakeListChatModel({ responses: ['Fine'] }),
  tools: [],
  embeddings: new SyntheticEmbeddings({ vectorSize: 1536 }),
}

const modules = {
  given,
  '@everthread/core': { ...core },
  '@everthread/core/sqlite': {
    sqliteStore: (name: string) => {
      const store = sqliteStore(join(folder, `${crypto.randomUUID()}-${name}`))
      opened.push(store)
      return store
    },
  },
  '@everthread/langchain-adapter': { ...adapter },
  '@langchain/core/runnables': { ...runnables },
  langchain: { ...langchain },
}
const same: Same = (actual, expected, line) => expect(actual, line).toEqual(expected)
const prelude = `import { ${Object.keys(given).join(', ')} } from 'given'`

describe.each(pages)('%s', (page) => {
  const [start, ...sections] = sectionsOf(
    readFileSync(fileURLToPath(new URL(`../../../${page}`, import.meta.url)), 'utf8'),
  )
  const both = [{ title: 'its beginning', code: '' }, ...sections]

  it.each(both)('$title', async ({ code }) => {
    const whole = `${start?.code}\n${code}`
    expect(await runSnippet(`${prelude}\n${whole}`, modules, same)).toBe((whole.match(/\/\/ =>/g) ?? []).length)
  })
})
