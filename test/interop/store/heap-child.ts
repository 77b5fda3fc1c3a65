/**
 * `<file> <items>`: puts so many items with vectors, lists and searches them, and prints what it found and the most heap
 * that was in use, in bytes. Run with --expose-gc.
 */
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadStore } from '@everthread/langchain-adapter'

const [path = '', count = '0'] = process.argv.slice(2)
const items = Number(count)
const BATCH = 1_000

/** Points on a circle. */
const pointOf = (text: string): number[] => [Math.cos(Number(text)), Math.sin(Number(text))]
const embeddings = {
  embedQuery: async (text: string) => pointOf(text),
  embedDocuments: async (texts: string[]) => texts.map(pointOf),
}

const store = sqliteStore(path)
const memories = new EverthreadStore({ store, index: { dims: 2, embeddings, fields: ['at'] } })
for (let at = 0; at < items; at += BATCH) {
  await memories.batch(
    Array.from({ length: BATCH }, (_, i) => ({
      namespace: ['notes', `user${(at + i) % 7}`],
      key: `key${at + i}`,
      value: { at: String(at + i), text: `Note ${at + i} says that ${'something happened '.repeat(5)}` },
    })),
  )
}

let peak = 0
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().heapUsed)
}, 5)
globalThis.gc?.()
const before = process.memoryUsage().heapUsed

const nearest = await memories.search(['notes'], { query: '5', limit: 3 })
const filtered = await memories.search(['notes'], { filter: { at: String(items - 1) } })
const page = await memories.search(['notes'], { limit: 5, offset: items - 5 })
const namespaces = await memories.listNamespaces({ prefix: ['notes'] })
clearInterval(timer)
await store.close()

process.stdout.write(
  JSON.stringify({
    grown: peak - before,
    nearest: nearest[0]?.value.at,
    filtered: filtered.map(({ key }) => key),
    page: page.length,
    namespaces: namespaces.length,
  }),
)
