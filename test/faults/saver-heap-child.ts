/**
 * `build <file> <messages> <checkpoints>` makes a long thread; `<operation> <file>` runs one on it and prints, in bytes of heap:
 * what was in use before it, and the most that was seen between its calls of the store. Run with --expose-gc.
 */
import type { Store } from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { emptyCheckpoint } from '@langchain/langgraph-checkpoint'
import { HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'

const [operation = '', path = '', messageCount = '0', checkpointCount = '0'] = process.argv.slice(2)
const store = new HookedStore(sqliteStore(path))
const place = (checkpoint_id?: string) => ({
  configurable: { thread_id: 'long', checkpoint_ns: '', ...(checkpoint_id ? { checkpoint_id } : {}) },
})

let peak = 0
const sample = (): void => {
  peak = Math.max(peak, process.memoryUsage().heapUsed)
}
const settle = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const words = (n: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `word${(n * 7_919 + i * 104_729) % 10_007}`).join(' ')

function turn(n: number): BaseMessage[] {
  const call = { id: `call-${n}`, name: 'look', args: { at: n, path: `docs/${n}.md` }, type: 'tool_call' as const }
  return [
    new HumanMessage({ id: `h${n}`, content: words(n, 25) }),
    new AIMessage({ id: `a${n}`, content: '', tool_calls: [call], response_metadata: { model: 'a-model' } }),
    new ToolMessage({ id: `t${n}`, tool_call_id: call.id, content: words(n + 1, 150) }),
    new AIMessage({ id: `b${n}`, content: words(n + 2, 60), response_metadata: { model: 'a-model' } }),
  ]
}

const idOf = (n: number): string => `1f0${String(n).padStart(6, '0')}-0000-6000-8000-000000000000`

/** Messages come in a hundred puts: it is the reading that is measured. */
async function build(on: Store, count: number, checkpoints: number): Promise<void> {
  const saver = new EverthreadSaver({ store: on, share: true })
  const messages: BaseMessage[] = []
  const every = Math.floor(checkpoints / 100)
  for (let n = 0; n < checkpoints; n++) {
    const grows = n % every === 0 && messages.length < count
    for (let i = 0; grows && i < count / 400; i++) messages.push(...turn(messages.length))
    const version = Math.floor(n / every) + 1
    const checkpoint = {
      ...emptyCheckpoint(),
      id: idOf(n),
      channel_values: { messages, step: n },
      channel_versions: { messages: version, step: n + 1, 'branch:to:agent': n + 1 },
      versions_seen: { agent: { 'branch:to:agent': n }, tools: { messages: version } },
    }
    const changed = { step: n + 1, 'branch:to:agent': n + 1, ...(grows ? { messages: version } : {}) }
    const writes = [
      ['step', n + 1],
      ['branch:to:agent', null],
    ] as [string, unknown][]
    await Promise.all([
      saver.put(
        place(n === 0 ? undefined : idOf(n - 1)),
        checkpoint,
        { source: 'loop', step: n, parents: {} },
        changed,
      ),
      saver.putWrites(place(idOf(n)), writes, `task-${n}`),
    ])
  }
}

const operations: Record<string, () => Promise<unknown>> = {
  build: () => build(store, Number(messageCount), Number(checkpointCount)),
  getTuple: () => new EverthreadSaver({ store }).getTuple(place()),
  async list() {
    const tuples: unknown[] = []
    for await (const tuple of new EverthreadSaver({ store }).list(place(), { limit: 20 })) {
      sample()
      tuples.push(tuple)
    }
    if (tuples.length !== 20) throw new Error('the list is short')
    return tuples
  },
  async pruneCheckpoints() {
    const { kept } = await new EverthreadSaver({ store }).pruneCheckpoints({ threadId: 'long', keepLast: 10 })
    if (kept !== 10) throw new Error(`kept ${kept}`)
  },
}

const before = settle()
store.beforeRead = sample
store.beforeCommit = sample
store.afterCommit = sample
const held = await operations[operation]?.()
sample()
const after = settle()
process.stdout.write(JSON.stringify({ before, peak, after, held: held !== undefined }))
await store.close()
