import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  ChatMessage,
  FunctionMessage,
  HumanMessage,
  RemoveMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fromNeutral } from '../../src/messages/from-neutral.ts'
import { toNeutral } from '../../src/messages/to-neutral.ts'

const call = { name: 'search', args: { q: 'tea' }, id: 'c1', type: 'tool_call' as const }

/** With an id given late, as the graph's reducer does. */
function named<T extends BaseMessage>(message: T): T {
  message._updateId('m1')
  return message
}

describe('what neutral can express needs no native form', () => {
  it('a text of the user', () => {
    expect(toNeutral(named(new HumanMessage('hello')))).toEqual({
      role: 'user',
      id: 'm1',
      parts: [{ type: 'text', content: 'hello' }],
    })
  })

  it('a system message without an id', () => {
    expect(toNeutral(new SystemMessage('be brief'))).toEqual({
      role: 'system',
      parts: [{ type: 'text', content: 'be brief' }],
    })
  })

  it('tool calls beside a text', () => {
    expect(toNeutral(named(new AIMessage({ content: 'wait', tool_calls: [call] })))).toEqual({
      role: 'assistant',
      id: 'm1',
      parts: [
        { type: 'text', content: 'wait' },
        { type: 'tool_call', id: 'c1', name: 'search', arguments: { q: 'tea' } },
      ],
    })
  })

  it('a tool call alone, without an empty text', () => {
    expect(toNeutral(new AIMessage({ content: '', tool_calls: [call] })).parts.map(({ type }) => type)).toEqual([
      'tool_call',
    ])
  })

  it('the response of a tool, with the name of the tool', () => {
    expect(toNeutral(named(new ToolMessage({ content: 'green', tool_call_id: 'c1', name: 'search' })))).toEqual({
      role: 'tool',
      id: 'm1',
      name: 'search',
      parts: [{ type: 'tool_call_response', id: 'c1', response: 'green' }],
    })
  })

  it('a role of its own', () => {
    expect(toNeutral(new ChatMessage('hm', 'critic'))).toEqual({
      role: 'critic',
      parts: [{ type: 'text', content: 'hm' }],
    })
  })
})

describe('native holds only the rest', () => {
  it('usage and metadata', () => {
    const usage_metadata = { input_tokens: 1, output_tokens: 2, total_tokens: 3 }
    const message = new AIMessage({ content: 'a', response_metadata: { model: 'm' } })
    Object.assign(message, { usage_metadata })
    const { native } = toNeutral(message)
    expect(native?.format).toBe('langchain/1')
    expect(native?.data).toMatchObject({
      fields: { response_metadata: { model: 'm' }, usage_metadata },
    })
    expect(JSON.stringify(native)).not.toContain('content')
  })

  it('the class, where the role does not say it', () => {
    expect(toNeutral(new ChatMessage('a', 'user')).native?.data).toMatchObject({ class: 'ChatMessage' })
    expect(toNeutral(new FunctionMessage({ content: 'a', name: 'f' })).role).toBe('function')
    expect(toNeutral(new RemoveMessage({ id: 'x' }))).toMatchObject({ role: 'remove', id: 'x', parts: [] })
  })

  it('the status, but not the content, of a tool that failed', () => {
    const message = new ToolMessage({ content: 'no such file', tool_call_id: 'c', status: 'error' })
    expect(JSON.stringify(toNeutral(message)).match(/no such file/g)).toHaveLength(1)
    expect(fromNeutral(toNeutral(message))).toStrictEqual(message)
  })

  it('a call that content and tool calls both name is one part', () => {
    const message = new AIMessage({
      content: [
        { type: 'text', text: 'I look' },
        { type: 'tool_use', id: 'c1', name: 'search', input: { q: 'tea' } },
      ],
      tool_calls: [call],
    })
    const neutral = toNeutral(message)
    expect(neutral.parts.map(({ type }) => type)).toEqual(['text', 'tool_call'])
    expect(fromNeutral(neutral)).toStrictEqual(message)
  })

  it('tool calls that the content contradicts are kept as they are', () => {
    const message = new AIMessage({
      content: [{ type: 'tool_use', id: 'c1', name: 'search', input: '{"q":' }],
      tool_calls: [call, { ...call, id: 'c2' }],
    })
    const neutral = toNeutral(message)
    expect(neutral.parts.map((part) => part.id)).toEqual(['c1', 'c2'])
    expect(fromNeutral(neutral)).toStrictEqual(message)
  })

  it('everything, where fields are not what the class gives them', () => {
    const message = new HumanMessage('a')
    Object.assign(message, { content: { odd: true }, lc_kwargs: [] })
    const neutral = toNeutral(message)
    expect(fromNeutral(neutral)).toStrictEqual(message)
    expect(neutral.role).toBe('user')
  })
})

describe('a message is no larger than in the JSON of LangChain', () => {
  const messages: BaseMessage[] = [
    new HumanMessage('hello'),
    named(new AIMessage({ content: '', tool_calls: [call] })),
    named(new ToolMessage({ content: 'green', tool_call_id: 'c1', name: 'search', status: 'success' })),
    new AIMessage({
      content: [{ type: 'image', source_type: 'base64', mime_type: 'image/png', data: 'A'.repeat(400) }],
    }),
  ]
  for (const message of messages) {
    it(`${message.getType()} ${typeof message.content}`, () => {
      expect(JSON.stringify(toNeutral(message)).length).toBeLessThan(JSON.stringify(message).length)
    })
  }
})

describe('an ordinary message survives plain JSON, without our serialiser', () => {
  const messages: Record<string, BaseMessage> = {
    'of the user': new HumanMessage({ content: [{ type: 'text', text: 'a' }], name: 'ann' }),
    'with tool calls': named(new AIMessage({ content: '', tool_calls: [call] })),
    'with an invalid tool call': new AIMessage({
      content: '',
      invalid_tool_calls: [{ name: 'f', args: '{', id: 'c', error: 'cut' }],
    }),
    'with version 1 content': new AIMessage({ contentBlocks: [{ type: 'text', text: 'a' }], tool_calls: [call] }),
    'streamed in chunks': new AIMessageChunk({
      content: 'a',
      tool_call_chunks: [{ name: 'f', args: '{"x":1}', id: 'c', index: 0, type: 'tool_call_chunk' }],
    }),
  }
  for (const [name, message] of Object.entries(messages)) {
    it(name, () => {
      expect(fromNeutral(JSON.parse(JSON.stringify(toNeutral(message))))).toStrictEqual(message)
    })
  }

  it("of a tool, as LangChain's own tools make it", async () => {
    const search = tool(({ q }) => `green ${q}`, { name: 'search', schema: z.object({ q: z.string() }) })
    const message = (await search.invoke(call)) as ToolMessage
    expect(message.content).toBe('green tea')
    expect(fromNeutral(JSON.parse(JSON.stringify(toNeutral(message))))).toStrictEqual(message)
  })
})
