import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Row, Store } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { emptyCheckpoint } from '@langchain/langgraph-checkpoint'
import { beforeEach, describe, expect, it } from 'vitest'
import { HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { agentOn, agentWithClerkOn, question } from './saver-agent.ts'

const turns = process.env.EVERTHREAD_SOAK ? 300 : 100
const partition = { tenant: 'default', id: 'thread' }
const config = { configurable: { thread_id: 'thread' } }

async function rows(store: Store, prefix = ''): Promise<Row[]> {
  return (await store.read(partition, [{ prefix, limit: 1_000_000 }])).rows[0] ?? []
}

describe('a checkpointer', () => {
  let store: HookedStore

  beforeEach(() => {
    store = new HookedStore(memoryStore())
  })

  it('makes at most 8 calls of the store in a user, agent, tools, agent turn', async () => {
    // What is asked for while a commit is under way goes into the next; in memory none is for long.
    store.beforeCommit = () => nextTurn()
    const agent = agentOn(new EverthreadSaver({ store }))
    await agent.invoke(question(0), config)
    for (let turn = 1; turn < 40; turn++) {
      const before = store.total
      await agent.invoke(question(turn), config)
      expect(store.total - before).toBeLessThanOrEqual(8)
    }
  })

  it('reads once in such a turn', async () => {
    const agent = agentOn(new EverthreadSaver({ store }))
    await agent.invoke(question(0), config)
    for (let turn = 1; turn < 40; turn++) {
      expect((await store.during(() => agent.invoke(question(turn), config))).reads).toBe(1)
    }
  })

  it('stores what is new, though each turn has a process of its own', { timeout: 300_000 }, async () => {
    const sizes: { rows: number; bytes: number; open: number; turn: number }[] = []
    for (let turn = 1; turn <= turns; turn++) {
      await agentWithClerkOn(new EverthreadSaver({ store })).invoke(question(turn), config)
      if (turn % (turns / 2) !== 0) continue
      const all = await rows(store)
      const bytes = all.reduce((sum, { value }) => sum + value.length, 0)
      const open = all.filter(({ key, value }) => key.startsWith('c/') && !Buffer.from(value).includes('\n')).length
      sizes.push({ turn, rows: all.length, bytes, open })
    }
    const [half, whole] = sizes
    expect((whole?.bytes ?? 0) / (half?.bytes ?? 1)).toBeLessThanOrEqual(2.3)
    expect((whole?.rows ?? 0) / (half?.rows ?? 1)).toBeLessThanOrEqual(2.3)
    for (const { open } of sizes) expect(open).toBeLessThanOrEqual(80)
    const tuple = await new EverthreadSaver({ store }).getTuple(config)
    expect(tuple?.checkpoint.channel_values.messages).toHaveLength(turns * 4)
    const chunks = (await rows(store, 'm/')).filter(({ key }) => key.split('/').length === 3)
    const lines = chunks.reduce((sum, { value }) => sum + Buffer.from(value).toString().split('\n').length, 0)
    expect(lines / chunks.length).toBeGreaterThan(10)
  })

  it('reads the history of a delta channel a page of ancestors at a time', async () => {
    const saver = new EverthreadSaver({ store })
    const idOf = (n: number): string => `1f0${String(n).padStart(5, '0')}-0000-6000-8000-000000000000`
    const at = (n: number | undefined) => ({
      configurable: { thread_id: 'thread', checkpoint_ns: '', ...(n === undefined ? {} : { checkpoint_id: idOf(n) }) },
    })
    for (let n = 0; n < 200; n++) {
      const values = n === 0 ? { log: ['seed'] } : {}
      const checkpoint = { ...emptyCheckpoint(), id: idOf(n), channel_values: values, channel_versions: { log: n + 1 } }
      await saver.put(
        at(n === 0 ? undefined : n - 1),
        checkpoint,
        { source: 'loop', step: n, parents: {} },
        { log: n + 1 },
      )
      await saver.putWrites(at(n), [['log', `entry ${n}`]], `task-${n}`)
    }
    const cold = new EverthreadSaver({ store })
    const before = store.total
    const { log } = await cold.getDeltaChannelHistory({ ...at(199), config: at(199), channels: ['log'] })
    expect(log?.writes).toHaveLength(199)
    expect(log?.seed).toEqual(['seed'])
    expect(store.total - before).toBeLessThanOrEqual(6)
  })
})
