import { SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { EverthreadSaver } from '../../src/index.ts'

const HOUR = 3_600_000

describe('a session that a graph runs in', () => {
  it.each(['sync', 'async', 'exit'] as const)(
    'does not expire while an interrupt waits for its answer, and does after it (%s)',
    async (durability) => {
      let now = Date.UTC(2026, 0, 15, 12)
      const clock = () => now
      const store = memoryStore({ clock })
      const sessions = new SessionManager({ store, clock })
      const State = Annotation.Root({ answer: Annotation<string> })
      const inner = new StateGraph(State)
        .addNode('ask', () => ({ answer: interrupt('May I?') }))
        .addEdge(START, 'ask')
        .addEdge('ask', END)
        .compile()
      const graph = new StateGraph(State)
        .addNode('inner', inner)
        .addEdge(START, 'inner')
        .addEdge('inner', END)
        .compile({ checkpointer: new EverthreadSaver({ store }) })
      const service = sessions.asService()
      await service.create({ id: 'thread', ttl: HOUR })
      const config = { configurable: { thread_id: 'thread' }, durability }

      await graph.invoke({ answer: '' }, config)
      now += 100 * HOUR
      const before = await service.get('thread')
      expect([before?.state, before?.expiresAt]).toEqual(['idle', undefined])
      expect(await sessions.sweep()).toBe(0)

      expect(await graph.invoke(new Command({ resume: 'yes' }), config)).toMatchObject({ answer: 'yes' })
      const after = await service.get('thread')
      expect(after?.state).toBe('active')
      expect(after?.expiresAt).toBeGreaterThanOrEqual(now + HOUR)
      now += 2 * HOUR
      expect(await sessions.sweep()).toBe(1)
    },
  )

  it('that nobody made by a manager never expires', async () => {
    let now = Date.UTC(2026, 0, 15, 12)
    const store = memoryStore({ clock: () => now })
    const graph = new StateGraph(Annotation.Root({ answer: Annotation<string> }))
      .addNode('say', () => ({ answer: 'yes' }))
      .addEdge(START, 'say')
      .addEdge('say', END)
      .compile({ checkpointer: new EverthreadSaver({ store }) })
    await graph.invoke({ answer: '' }, { configurable: { thread_id: 'thread' } })
    now += 10_000 * HOUR
    const sessions = new SessionManager({ store, clock: () => now })
    expect(await sessions.sweep()).toBe(0)
    expect(await sessions.asService().get('thread')).toMatchObject({ state: 'idle', expiresAt: undefined })
  })
})
