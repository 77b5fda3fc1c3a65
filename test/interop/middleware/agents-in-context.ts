import { SessionManager } from '@everthread/core'
import type { CompactionReceipt, Receipt } from '@everthread/core/context'
import { contextMiddleware, withTurns } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { createAgent } from 'langchain'
import { describe, expect, it } from 'vitest'
import { Bench, type Subject } from '../subjects/subject.ts'
import { BUDGET, pagesIn, question, read, readAll, TURNS } from './reading-agent.ts'
import { StrictModel, toolTurns } from './strict-model.ts'

/** What `contextMiddleware` promises an agent, whose threads are on such a store. */
export function agentsGetContexts(subject: Subject): void {
  describe(`an agent of createAgent on ${subject.name}`, () => {
    const bench = new Bench(subject)

    it('sends every call legal and within the budget, and keeps everything', async () => {
      const sessions = new SessionManager({ store: bench.store, tenant: bench.tenant })
      const receipts: (Receipt | CompactionReceipt)[] = []
      const middleware = contextMiddleware({ budget: BUDGET, sessions, onReceipt: (receipt) => receipts.push(receipt) })
      const model = new StrictModel(toolTurns(TURNS))
      const ours = await readAll(bench, { model, thread: 'ours', middleware: [middleware] })
      expect(ours.calls).toHaveLength(TURNS + 1)
      expect(ours.calls.flatMap(({ violations }) => violations)).toEqual([])
      expect(Math.max(...ours.calls.map(({ tokens }) => tokens))).toBeLessThanOrEqual(BUDGET)
      expect(ours.messages).toHaveLength(2 * TURNS + 2)
      expect(pagesIn(ours.messages)).toBe(TURNS)
      expect(receipts).toHaveLength(TURNS + 1)

      const session = sessions.asService().open('ours')
      const stored = await session.messages.list()
      expect(stored).toHaveLength(2 * TURNS + 2)
      const [handle] = (receipts.at(-1) as Receipt).handles
      expect((await session.context.recall(handle as string)).text.length).toBeGreaterThan(0)
      const replans = receipts.filter((receipt) => 'replanned' in receipt).length
      expect(replans).toBeLessThan(TURNS / 4)
      process.stdout.write(
        `${subject.name}: ${ours.messages.length} messages kept, ${replans} of ${TURNS + 1} calls broke the prefix\n`,
      )
    }, 120_000)

    it('is offered what was cleared, and gets it back', async () => {
      const script = toolTurns(20)
      let asked: string | undefined
      const model = new StrictModel((call, at) => {
        if (at < 20) return script(call, at)
        const [, handle] = /Recall: ([\w.-]*\w)/.exec(JSON.stringify(call.messages.map(({ content }) => content))) ?? []
        if (asked !== undefined || handle === undefined) return new AIMessage('Done')
        asked = handle
        return new AIMessage({
          content: '',
          tool_calls: [{ id: 'again', name: 'recall', args: { handle }, type: 'tool_call' }],
        })
      })
      const agent = createAgent({
        model,
        tools: [read],
        checkpointer: bench.saver(),
        middleware: [contextMiddleware({ budget: 3_000 })],
      })
      const { messages } = await agent.invoke(question, { configurable: { thread_id: 'recall' }, recursionLimit: 200 })
      expect(asked).toBeDefined()
      expect(model.calls[0]?.tools).toEqual(['read'])
      expect(model.calls.at(-1)?.tools).toContain('recall')
      const answer = (messages as BaseMessage[]).find(
        (message) => ToolMessage.isInstance(message) && message.name === 'recall',
      )
      expect(answer?.content).toMatch(/^Page \d+\. Line/)
    })

    it('sends less, once, when the provider finds a request too long', async () => {
      const model = new StrictModel(toolTurns(30))
      model.limit = 2_500
      const agent = createAgent({
        model,
        tools: [read],
        checkpointer: bench.saver(),
        middleware: [contextMiddleware({ budget: 4_000 })],
      })
      const { messages } = await agent.invoke(question, {
        configurable: { thread_id: 'overflow' },
        recursionLimit: 200,
      })
      expect(messages).toHaveLength(62)
      expect(model.calls.length).toBeGreaterThan(31)
      expect(pagesIn(messages as BaseMessage[])).toBe(30)

      const hopeless = new StrictModel(toolTurns(3))
      hopeless.limit = 5
      const other = createAgent({ model: hopeless, tools: [read], middleware: [contextMiddleware({ budget: 4_000 })] })
      await expect(other.invoke(question)).rejects.toThrow(/maximum context length/)
      expect(hopeless.calls).toHaveLength(2)
    })

    it('is summarised in the view alone, and goes on when the summary fails', async () => {
      const sessions = new SessionManager({ store: bench.store, tenant: bench.tenant })
      const receipts: CompactionReceipt[] = []
      const answers = ['', 'They read pages for order ORD-4711.']
      const writer = new StrictModel(() => {
        const answer = answers.shift()
        if (answer === undefined) throw new Error('the summary failed')
        return new AIMessage(answer)
      })
      const middleware = contextMiddleware({
        budget: BUDGET,
        sessions,
        compaction: { model: writer, when: { messages: 20 }, keepRecent: 6 },
        onReceipt: (receipt) => 'outcome' in receipt && receipts.push(receipt),
      })
      const model = new StrictModel(toolTurns(60))
      const agent = withTurns(
        createAgent({ model, tools: [read], checkpointer: bench.saver(), middleware: [middleware] }),
        { sessions },
      )
      const { messages } = await agent.invoke(question, {
        configurable: { thread_id: 'compacted' },
        recursionLimit: 400,
        durability: 'sync' as const,
      })
      expect(messages).toHaveLength(122)
      expect(pagesIn(messages as BaseMessage[])).toBe(60)
      expect(model.calls.flatMap(({ violations }) => violations)).toEqual([])
      expect(receipts.map(({ outcome }) => outcome)).toContain('failed')
      process.stdout.write(
        `compactions: ${receipts.map(({ outcome, why }) => `${outcome}${why ? ` (${why})` : ''}`).join(', ')}\n`,
      )
      expect(await sessions.asService().open('compacted').messages.count()).toBe(122)
    })

    it('works without a thread, and with a question alone', async () => {
      const model = new StrictModel(() => new AIMessage('Hi'))
      const agent = createAgent({ model, tools: [], middleware: [contextMiddleware()] })
      const { messages } = await agent.invoke({ messages: [new HumanMessage('Hello')] })
      expect((messages as BaseMessage[]).map(({ content }) => content)).toEqual(['Hello', 'Hi'])
      expect(model.calls[0]?.tools).toEqual([])
    })
  })
}
