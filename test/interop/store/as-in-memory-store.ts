import { EverthreadStore } from '@everthread/langchain-adapter'
import { InMemoryStore, type Item, type Operation, type SearchItem } from '@langchain/langgraph-checkpoint'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { Bench, type Subject } from '../subjects/subject.ts'
import { LetterEmbeddings } from './embedder.ts'

// No label starts with another, and none holds a colon: the in-memory store takes those for one another.
const label = fc.constantFrom('users', 'docs', 'ada', 'Grün', 'x/y', '%2F')
const namespace = fc.array(label, { minLength: 1, maxLength: 3 })
const key = fc.constantFrom('a', 'b', 'c/d', 'é', 'constructor', '__proto__')
const text = fc.constantFrom('apple pie', 'plum cake', 'zinc', 'a quick fox')
const value = fc.record({ kind: fc.constantFrom('x', 'y'), n: fc.integer({ min: 0, max: 3 }), text })
const filter = fc.oneof(
  fc.record({ kind: fc.constantFrom('x', 'y') }),
  fc.record({
    n: fc.constantFrom(
      { $gt: 1 },
      { $lte: 1 },
      { $ne: 2 },
      { $in: [0, 3] },
      { $nin: [0] },
      { $eq: 2 },
      { $gte: 2, $lt: 3 },
    ),
  }),
)
const put = fc.record({ namespace, key, value: fc.option(value, { nil: null, freq: 4 }) })
const all = { limit: 1_000, offset: 0 }
const search = fc.record(
  { namespacePrefix: fc.array(label, { maxLength: 2 }), filter },
  { requiredKeys: ['namespacePrefix'] },
)
const list = fc.record(
  {
    matchConditions: fc.array(
      fc.record({
        matchType: fc.constantFrom('prefix' as const, 'suffix' as const),
        path: fc.array(fc.oneof(label, fc.constant('*')), { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 2 },
    ),
    maxDepth: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['matchConditions'] },
)

const operation = fc.oneof(
  { weight: 4, arbitrary: put },
  fc.record({ namespace, key }),
  search.map((each) => ({ ...each, ...all })),
  search.map((each) => ({ ...each, ...all, query: 'apple' })),
  list.map((each) => ({ ...each, ...all })),
)

/** What counts of a result: neither the times, nor the order of what is not ranked. */
function essence(result: unknown): unknown {
  if (!Array.isArray(result)) return result ? bare(result as Item) : (result ?? null)
  if (result.every(Array.isArray)) return result.map((path) => path.join(':')).sort()
  return (result as SearchItem[]).map(bare).sort((a, b) => (a.place < b.place ? -1 : 1))
}

const bare = ({ namespace, key, value, score }: SearchItem) => ({
  place: JSON.stringify([namespace, key]),
  value,
  score: score === undefined ? undefined : Math.round(score * 1e5) / 1e5,
})

/** What the in-memory store answers, taken before its puts: it changes items that it has handed out. */
async function answersOf(memory: InMemoryStore, operations: Operation[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const operation of operations) {
    if ('value' in operation) answers.push(null)
    else if ('matchConditions' in operation) answers.push(essence(await listLive(memory, operation)))
    else answers.push(essence((await memory.batch([operation]))[0]))
  }
  await memory.batch(operations.filter((operation) => 'value' in operation))
  return structuredClone(answers)
}

/** The in-memory store goes on listing namespaces that are empty: its answer as if they had never been. */
async function listLive(memory: InMemoryStore, operation: Operation): Promise<unknown> {
  const live = new InMemoryStore()
  for (const { namespace, key, value } of await memory.search([], { limit: 10_000 })) {
    await live.put(namespace, key, value)
  }
  return (await live.batch([operation]))[0]
}

export function behavesAsInMemoryStore(subject: Subject, runs: number): void {
  describe(`EverthreadStore on ${subject.name}`, () => {
    const bench = new Bench(subject)
    const index = () => ({ dims: 26, embeddings: new LetterEmbeddings(), fields: ['text'] })
    let nth = 0
    let store: EverthreadStore
    const fresh = () => {
      store = new EverthreadStore({ store: bench.store, tenant: `${bench.tenant}-${nth++}`, index: index() })
      return store
    }
    afterEach(() => store.deleteNamespace([]))

    it('answers any batches as the in-memory store does', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(operation, { minLength: 1, maxLength: 6 }), { maxLength: 8 }),
          async (batches) => {
            const memory = new InMemoryStore({ index: index() })
            const ours = fresh()
            for (const batch of batches) {
              const operations = batch as Operation[]
              const expected = await answersOf(memory, operations)
              const actual: unknown[] = await ours.batch(operations)
              expect(actual.map(essence)).toEqual(expected)
            }
            await ours.deleteNamespace([])
          },
        ),
        { numRuns: runs },
      )
    })

    it('gives pages that make up the whole', async () => {
      const ours = fresh()
      await ours.batch(
        Array.from({ length: 450 }, (_, i) => ({
          namespace: ['notes', `user${i % 3}`],
          key: `k${i}`,
          value: { i, even: i % 2 === 0, text: `text ${i}` },
        })),
      )
      const whole = await ours.search(['notes'], { filter: { even: true }, limit: 1_000 })
      const pages: SearchItem[] = []
      for (let offset = 0; offset < 230; offset += 23) {
        pages.push(...(await ours.search(['notes'], { filter: { even: true }, limit: 23, offset })))
      }
      expect(whole).toHaveLength(225)
      expect(pages).toEqual(whole)
      expect(await ours.listNamespaces({ prefix: ['notes'] })).toEqual([
        ['notes', 'user0'],
        ['notes', 'user1'],
        ['notes', 'user2'],
      ])
    })

    it('keeps since when an item is there, whoever puts it again', async () => {
      const first = fresh()
      await first.put(['notes'], 'a', { n: 1, text: 'one' })
      const made = await first.get(['notes'], 'a')
      const second = new EverthreadStore({ store: bench.open(), tenant: `${bench.tenant}-${nth - 1}` })
      await second.put(['notes'], 'a', { n: 2 })
      const later = await first.get(['notes'], 'a')
      expect(later?.value).toEqual({ n: 2 })
      expect(later?.createdAt).toEqual(made?.createdAt)
      expect(Number(later?.updatedAt)).toBeGreaterThanOrEqual(Number(made?.updatedAt))
    })

    it('loses no put of many at once, nor a namespace that others empty meanwhile', async () => {
      const ours = fresh()
      await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          await ours.put(['race'], `gone${i}`, { i })
          await Promise.all([ours.delete(['race'], `gone${i}`), ours.put(['race'], `kept${i}`, { i })])
        }),
      )
      expect(await ours.search(['race'], { limit: 1_000 })).toHaveLength(60)
      expect(await ours.listNamespaces()).toEqual([['race']])
    })
  })
}
