import { EverthreadError, SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { EverthreadChatMessageHistory } from '../../src/index.ts'

const codeOf = (work: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(work)
    .then(
      () => 'nothing',
      (error) => (EverthreadError.isInstance(error) ? error.code : String(error)),
    )

const contents = async (history: EverthreadChatMessageHistory): Promise<unknown[]> =>
  (await history.getMessages()).map(({ content }) => content)

describe('EverthreadChatMessageHistory', () => {
  it('gives messages back as they were, in their order', async () => {
    const history = new EverthreadChatMessageHistory({ store: memoryStore(), sessionId: 'ada' })
    const given = [
      new HumanMessage({ id: '1', content: 'Hello' }),
      new AIMessage({
        id: '2',
        content: '',
        tool_calls: [{ id: 'c', name: 'look', args: { at: 1 }, type: 'tool_call' }],
      }),
      new ToolMessage({
        id: '3',
        content: 'it is',
        tool_call_id: 'c',
        artifact: { at: new Date(5), rows: new Map([[1, 2n]]), none: undefined },
      }),
      new AIMessage({
        id: '4',
        content: 'It is',
        response_metadata: { fingerprint: undefined as unknown },
      }),
    ]
    await history.addMessages(given)
    expect(await history.getMessages()).toStrictEqual(given)
  })

  it('gives what it adds an id, and does not add a message twice that has one', async () => {
    const history = new EverthreadChatMessageHistory({ store: memoryStore(), sessionId: 'ada' })
    const message = new HumanMessage({ id: 'h', content: 'Hello' })
    await history.addMessages([message])
    await history.addMessages([message, new AIMessage('Hi')])
    await history.addUserMessage('How are you?')
    await history.addAIMessage('Fine')
    const messages = await history.getMessages()
    expect(messages.map(({ content }) => content)).toEqual(['Hello', 'Hi', 'How are you?', 'Fine'])
    expect(messages.every(({ id }) => typeof id === 'string')).toBe(true)
  })

  it('reads empty when cleared, and can be brought back', async () => {
    const history = new EverthreadChatMessageHistory({ store: memoryStore(), sessionId: 'ada' })
    await history.addUserMessage('Hello')
    await history.clear()
    await history.addUserMessage('Again')
    expect(await contents(history)).toEqual(['Again'])
    expect(await history.undoClear()).toBe(true)
    expect(await contents(history)).toEqual(['Hello'])
    expect(await history.undoClear()).toBe(false)
  })

  it('is the history of its session, which does not expire by itself', async () => {
    const sessions = new SessionManager({ store: memoryStore() })
    const history = new EverthreadChatMessageHistory({ sessions, sessionId: 'ada', userId: 'ada' })
    await history.addUserMessage('Hello')
    const session = await sessions.as({ userId: 'ada' }).get('ada')
    expect(await session?.messages.list()).toMatchObject([
      { role: 'user', parts: [{ type: 'text', content: 'Hello' }] },
    ])
    expect(session?.expiresAt).toBeUndefined()
  })

  it('keeps the history of one user from another', async () => {
    const store = memoryStore()
    const hers = new EverthreadChatMessageHistory({ store, sessionId: 'shared', userId: 'ada' })
    await hers.addUserMessage('Hello')
    const his = new EverthreadChatMessageHistory({ store, sessionId: 'shared', userId: 'bob' })
    expect(await his.getMessages()).toEqual([])
    await his.clear()
    expect(await codeOf(() => his.addUserMessage('Mine'))).toBe('SESSION_EXISTS')
    expect(await contents(hers)).toEqual(['Hello'])
  })

  it('adds all or nothing', async () => {
    const history = new EverthreadChatMessageHistory({ store: memoryStore(), sessionId: 'ada' })
    const bad = new HumanMessage({ content: 'bad', additional_kwargs: { run: () => 1 } })
    expect(await codeOf(() => history.addMessages([new HumanMessage('fine'), bad]))).toBe('VALUE_UNSUPPORTED')
    expect(await codeOf(() => history.addMessages(['text' as never]))).toBe('MESSAGE_INVALID')
    expect(await history.getMessages()).toEqual([])
  })

  it.each<[string, object]>([
    ['STORE_MISSING', { sessionId: 'a' }],
    ['SESSION_ID_MISSING', { store: memoryStore() }],
    ['OPTIONS_INVALID', { store: memoryStore(), sessionId: 'a', user: 'ada' }],
    ['OPTIONS_INVALID', { sessions: {}, sessionId: 'a' }],
    ['SESSION_ID_MISSING', { store: memoryStore(), sessionId: '' }],
    [
      'OPTIONS_INVALID',
      { store: memoryStore(), sessions: new SessionManager({ store: memoryStore() }), sessionId: 'a' },
    ],
  ])('says what is missing: %s', async (code, options) => {
    expect(await codeOf(() => new EverthreadChatMessageHistory(options as never))).toBe(code)
  })
})
