import { SessionManager } from '@everthread/core'
import { contextMiddleware, fromNeutral as toLangChain } from '@everthread/langchain-adapter'
import { fromNeutral, type PlainUIMessage, toNeutral } from '@everthread/vercel-ai-adapter'
import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import fc from 'fast-check'
import { createAgent } from 'langchain'
import { describe, expect, it } from 'vitest'
import { uiConversation } from '../../arbitraries/ui-messages.ts'
import { StrictModel } from '../middleware/strict-model.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'

const chat: PlainUIMessage[] = [
  {
    id: 'u1',
    role: 'user',
    parts: [
      { type: 'text', text: 'What is this?' },
      { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
      { type: 'data-place', data: { city: 'Oslo' } },
    ],
  },
  {
    id: 'a1',
    role: 'assistant',
    metadata: { model: 'small' },
    parts: [
      { type: 'step-start' },
      { type: 'text', text: 'I look.', state: 'done' },
      { type: 'source-url', sourceId: 's', url: 'https://a.example' },
      { type: 'tool-look', toolCallId: 'c', state: 'output-available', input: { at: 1 }, output: { seen: 'a bike' } },
      { type: 'step-start' },
      { type: 'reasoning', text: 'A bike.', state: 'done' },
      { type: 'text', text: 'It is a bike.', state: 'done' },
      { type: 'data-chart', data: [1, 2] },
    ],
  },
]

const blockTypes = ({ content }: BaseMessage): unknown =>
  typeof content === 'string' ? 'text' : content.map(({ type }) => type)

describe.each([sqlite, redis])('a chat of the AI SDK on $name', (subject) => {
  const bench = new Bench(subject)

  it('gives an agent of LangChain what a model reads, and keeps what a page shows', async () => {
    const sessions = new SessionManager({ store: bench.store, tenant: bench.tenant })
    const session = sessions.asService().open('chat')
    await session.messages.append(toNeutral(chat))
    const model = new StrictModel(() => new AIMessage('A red one'))
    const agent = () =>
      createAgent({ model, tools: [], checkpointer: bench.saver(), middleware: [contextMiddleware({ sessions })] })
    const config = { configurable: { thread_id: 'chat' } }
    for (const content of ['Which colour?', 'Sure?'])
      await agent().invoke({ messages: [{ role: 'user', content }] }, config)

    const sent = model.calls.at(-1)?.messages ?? []
    expect(model.calls.flatMap(({ violations }) => violations)).toEqual([])
    expect(sent.map(blockTypes)).toEqual([
      ['text', 'image'],
      'text',
      'text',
      ['reasoning', 'text'],
      'text',
      'text',
      'text',
    ])
    expect(sent[1]).toMatchObject({ content: 'I look.', tool_calls: [{ id: 'c', name: 'look', args: { at: 1 } }] })
    expect(sent[3]?.content).toEqual([
      { type: 'reasoning', reasoning: 'A bike.' },
      { type: 'text', text: 'It is a bike.' },
    ])

    const shown = fromNeutral(await session.messages.list())
    expect(shown.slice(0, 2)).toEqual(chat)
    expect(shown).toHaveLength(6)
  })
})

describe('any chat of the AI SDK', () => {
  it('holds no block for LangChain that a model does not know', () => {
    fc.assert(
      fc.property(uiConversation('any'), (messages) => {
        const types = toNeutral(messages).map(toLangChain).flatMap(blockTypes)
        expect(types.filter((type) => /^(data-|source-|step-|custom|reasoning-file)/.test(String(type)))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
