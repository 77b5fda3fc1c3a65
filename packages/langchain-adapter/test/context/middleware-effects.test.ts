import { SessionManager } from '@everthread/core'
import { clearToolResults, estimateTokens, keepLastMessages } from '@everthread/core/context'
import { memoryStore } from '@everthread/core/memory'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { type ContextMiddlewareOptions, contextMiddleware, EverthreadChatMessageHistory } from '../../src/index.ts'

/** What the model is sent of the messages. */
async function sent(messages: BaseMessage[], options: ContextMiddlewareOptions, thread?: string) {
  const runtime = { configurable: { thread_id: thread } }
  const request = { model: {}, messages, runtime }
  return contextMiddleware(options).wrapModelCall(request, ({ messages }) => messages)
}

const contents = (messages: BaseMessage[]) => messages.map(({ content }) => content)
const talk = Array.from({ length: 10 }, (_, n) =>
  n % 2 === 0
    ? new HumanMessage({ id: `h${n}`, content: `question ${n}` })
    : new AIMessage({ id: `a${n}`, content: `answer ${n}` }),
)
const looked = (name: string): BaseMessage[] => [
  new HumanMessage('Look'),
  new AIMessage({ content: '', tool_calls: [{ id: name, name, args: {}, type: 'tool_call' }] }),
  new ToolMessage({ content: `seen by ${name} `.repeat(50), tool_call_id: name, name }),
]

describe('an option of contextMiddleware', () => {
  it('policy: cuts by it', async () => {
    expect(contents(await sent(talk, { policy: keepLastMessages(2) }))).toEqual(['question 8', 'answer 9'])
  })

  it('pinned: keeps what it names', async () => {
    const kept = contents(await sent(talk, { policy: keepLastMessages(2), pinned: ['h0'] }))
    // Two of a user in a row are one.
    expect(kept).toEqual(['question 0\n\nquestion 8', 'answer 9'])
  })

  it('tools: keeps results for as long as it says', async () => {
    const messages = [...looked('read'), ...looked('list'), ...talk]
    const policy = clearToolResults({ keepLast: 0 })
    const cleared = contents(await sent(messages, { policy, tools: { read: 'pinned' } }))
    expect(cleared.filter((content) => String(content).startsWith('seen by'))).toEqual([messages[2]?.content])
  })

  it('provider: makes what this one takes', async () => {
    const begun = [new AIMessage('Hello, I am here'), new HumanMessage('Hi')]
    expect(await sent(begun, { provider: 'openai' })).toEqual(begun)
    expect((await sent(begun, { provider: 'anthropic' }))[0]?.type).toBe('human')
  })

  it('window and budget: of the smaller one', async () => {
    const budgets: unknown[] = []
    const onReceipt: ContextMiddlewareOptions['onReceipt'] = (receipt) =>
      'budget' in receipt && budgets.push(receipt.budget)
    await sent(talk, { window: 1_000, onReceipt })
    await sent(talk, { window: 1_000, budget: 300, onReceipt })
    expect(budgets).toEqual([800, 300])
  })

  it('tokenCounter: counts by it', async () => {
    const four = await sent(talk, { policy: [], budget: 60, tokenCounter: (text) => 4 * estimateTokens(text) })
    expect(four.length).toBeLessThan((await sent(talk, { policy: [], budget: 60 })).length)
  })

  it('replan: leaves as much free as it says', async () => {
    const lengthAt = async (headroom: number) => {
      const { wrapModelCall } = contextMiddleware({ policy: [], budget: 60, replan: { headroom } })
      const call = (count: number) =>
        wrapModelCall({ model: {}, messages: talk.slice(0, count), runtime }, ({ messages }) => messages.length)
      const runtime = { configurable: { thread_id: 'ada' } }
      expect(await call(4)).toBe(4)
      return call(10)
    }
    expect(await lengthAt(0.8)).toBeLessThan(await lengthAt(0))
  })

  it('compaction: is made when it says, of all but the last, as it instructs', async () => {
    const store = memoryStore()
    const sessions = new SessionManager({ store })
    const history = new EverthreadChatMessageHistory({ store, sessionId: 'ada' })
    const prompts: string[] = []
    const compaction = {
      model: {
        invoke: async ([prompt]: BaseMessage[]) => {
          prompts.push(String(prompt?.content))
          return new AIMessage('They asked question 0, 2, 4 and 6; the answers were 1, 3, 5 and 7.')
        },
      },
      when: { messages: 9 },
      keepRecent: 2,
      instructions: 'keep the numbers',
    }
    const options = { policy: [], sessions, compaction }
    await history.addMessages(talk.slice(0, 8))
    expect(await sent(talk.slice(0, 8), options, 'ada')).toHaveLength(8)
    expect(prompts).toEqual([])
    await history.addMessages(talk.slice(8))
    const after = contents(await sent(talk, options, 'ada'))
    expect(prompts[0]).toContain('keep the numbers')
    expect(after[0]).toContain('the answers were 1, 3, 5 and 7.')
    expect(after[0]).toMatch(/question 8$/)
    expect(after.slice(1)).toEqual(['answer 9'])
    expect(contents(await history.getMessages())).toEqual(contents(talk))
  })
})

describe('contextMiddleware', () => {
  it('tells a model that recalls what there is not', async () => {
    const [recall] = contextMiddleware().tools
    expect(await recall?.invoke({ handle: 'invented' })).toMatch(/^Error: /)
  })

  it('plans anew for a thread that many others have pushed out, and forgets none of its messages', async () => {
    const { wrapModelCall } = contextMiddleware({ policy: keepLastMessages(2) })
    const call = (thread: number) =>
      wrapModelCall(
        { model: {}, messages: talk, runtime: { configurable: { thread_id: thread } } },
        ({ messages }) => messages,
      )
    const first = contents(await call(0))
    for (let thread = 1; thread <= 100; thread++) await call(thread)
    expect(contents(await call(0))).toEqual(first)
  })
})
