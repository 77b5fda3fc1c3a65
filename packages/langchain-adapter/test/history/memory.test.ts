import { EverthreadError, SessionManager } from '@everthread/core'
import { keepLastMessages } from '@everthread/core/context'
import { memoryStore } from '@everthread/core/memory'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { EverthreadMemory, type EverthreadMemoryOptions } from '../../src/index.ts'

const codeOf = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'nothing',
      (error) => (EverthreadError.isInstance(error) ? error.code : String(error)),
    )

const memoryOf = (options: Partial<EverthreadMemoryOptions> = {}) =>
  new EverthreadMemory({ store: memoryStore(), sessionId: 'ada', ...options })

describe('EverthreadMemory', () => {
  it('gives a prompt the conversation as one text', async () => {
    const memory = memoryOf()
    expect(memory.memoryKeys).toEqual(['history'])
    expect(await memory.loadMemoryVariables({})).toEqual({ history: '' })
    await memory.saveContext({ input: 'Hello' }, { output: 'Hi' })
    expect(await memory.loadMemoryVariables({ input: 'Again' })).toEqual({ history: 'Human: Hello\nAI: Hi' })
  })

  it('gives messages, under a name of the prompt, and speaks with other names', async () => {
    const store = memoryStore()
    const memory = memoryOf({ store, memoryKey: 'chat', returnMessages: true })
    await memory.saveContext({ input: [new HumanMessage('Hello')] }, { output: new AIMessage('Hi') })
    const { chat } = await memory.loadMemoryVariables({})
    expect((chat as BaseMessage[]).map((message) => [message.getType(), message.content])).toEqual([
      ['human', 'Hello'],
      ['ai', 'Hi'],
    ])
    const text = memoryOf({ store, humanPrefix: 'Ada', aiPrefix: 'Bot' })
    expect(await text.loadMemoryVariables({})).toEqual({ history: 'Ada: Hello\nBot: Hi' })
  })

  it('keeps of several inputs and outputs the one that is named', async () => {
    const memory = memoryOf({ inputKey: 'question', outputKey: 'answer' })
    await memory.saveContext({ question: 'Hello', context: 'long' }, { answer: { text: 'Hi' }, sources: [] })
    expect(await memory.loadMemoryVariables({})).toEqual({ history: 'Human: Hello\nAI: {"text":"Hi"}' })
    const unnamed = memoryOf()
    await unnamed.saveContext({ input: 'Hello', history: 'x', stop: ['y'] }, { output: 'Hi' })
    expect(await codeOf(() => unnamed.saveContext({ a: '1', b: '2' }, { output: 'x' }))).toBe('MEMORY_KEY_MISSING')
    expect(await codeOf(() => unnamed.saveContext({ a: '1' }, {}))).toBe('MEMORY_KEY_MISSING')
  })

  it('loads by policy, records the plan, and keeps everything', async () => {
    const store = memoryStore()
    const sessions = new SessionManager({ store })
    const memory = memoryOf({ store, policy: keepLastMessages(2), returnMessages: true })
    for (let i = 0; i < 5; i++) await memory.saveContext({ input: `question ${i}` }, { output: `answer ${i}` })
    const first = await memory.loadMemoryVariables({})
    const second = await memoryOf({ store, policy: keepLastMessages(2), returnMessages: true }).loadMemoryVariables({})
    const contents = ({ history }: Record<string, unknown>) => (history as BaseMessage[]).map(({ content }) => content)
    expect(contents(first)).toEqual(['question 4', 'answer 4'])
    expect(contents(second)).toEqual(contents(first))
    expect(await sessions.asService().open('ada').messages.count()).toBe(10)
  })

  it('reads empty when cleared', async () => {
    const memory = memoryOf()
    await memory.clear()
    await memory.saveContext({ input: 'Hello' }, { output: 'Hi' })
    await memory.clear()
    expect(await memory.loadMemoryVariables({})).toEqual({ history: '' })
  })

  it('prunes by what it is told', async () => {
    const store = memoryStore()
    const memory = memoryOf({ store, budget: 60, policy: [], returnMessages: true, provider: 'anthropic' })
    for (let i = 0; i < 20; i++) await memory.saveContext({ input: `question ${i}` }, { output: `answer ${i}` })
    const lengthBy = async (options: Partial<EverthreadMemoryOptions>) =>
      ((await memoryOf({ store, returnMessages: true, ...options }).loadMemoryVariables()).history as BaseMessage[])
        .length
    expect(await lengthBy({})).toBe(40)
    expect(await lengthBy({ budget: 60 })).toBeLessThan(20)
    expect(await lengthBy({ budget: 60, pinned: [0] })).toBeGreaterThan(0)
    expect(await lengthBy({ policy: keepLastMessages(4) })).toBe(4)
  })

  it('is that of a user, whose session nobody else reads', async () => {
    const store = memoryStore()
    await memoryOf({ store, userId: 'ada' }).saveContext({ input: 'Hello' }, { output: 'Hi' })
    const his = memoryOf({ store, userId: 'bob' })
    expect(await his.loadMemoryVariables()).toEqual({ history: '' })
    expect(await codeOf(() => his.saveContext({ input: 'Hello' }, { output: 'Hi' }))).toBe('SESSION_EXISTS')
  })

  it.each<[string, string, object | null]>([
    ['no options', 'OPTIONS_INVALID', null],
    ['an option that there is not', 'OPTIONS_INVALID', { return_messages: true }],
    ['no store', 'STORE_MISSING', { store: undefined }],
    ['no session', 'SESSION_ID_MISSING', { sessionId: '' }],
    ['sessions that are none', 'OPTIONS_INVALID', { store: undefined, sessions: {} }],
    ['a policy that is none', 'POLICY_INVALID', { policy: [5] }],
    ['a budget of nothing', 'CONTEXT_OPTIONS_INVALID', { budget: 0 }],
    ['a provider that nobody knows', 'PROVIDER_UNKNOWN', { provider: 'acme' }],
  ])('refuses %s', async (_, code, options) => {
    const whole = options && { store: memoryStore(), sessionId: 'ada', ...options }
    expect(await codeOf(() => new EverthreadMemory(whole as never))).toBe(code)
  })
})
