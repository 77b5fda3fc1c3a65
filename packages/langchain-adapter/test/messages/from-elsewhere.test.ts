import { createRequire } from 'node:module'
import { AIMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { isMessage } from '../../src/messages/classes.ts'
import { fromNeutral } from '../../src/messages/from-neutral.ts'
import { toNeutral } from '../../src/messages/to-neutral.ts'

describe('a neutral message that no LangChain wrote', () => {
  it('becomes the class of its role', () => {
    const parts = [{ type: 'text', content: 'a' }]
    const classes = {
      user: HumanMessage,
      assistant: AIMessage,
      system: SystemMessage,
      developer: SystemMessage,
      other: ChatMessage,
    }
    for (const [role, Class] of Object.entries(classes)) {
      const message = fromNeutral({ role, parts })
      expect(Object.getPrototypeOf(message)).toBe(Class.prototype)
      expect(message.content).toBe('a')
    }
    expect(fromNeutral({ role: 'other', parts })).toHaveProperty('role', 'other')
  })

  it('is made as its constructor would', () => {
    const native = { format: 'other-framework', data: { x: 1 } }
    expect(fromNeutral({ id: 'm', role: 'user', parts: [{ type: 'text', content: 'a' }], native })).toStrictEqual(
      new HumanMessage({ id: 'm', content: 'a' }),
    )
    expect(
      fromNeutral({
        role: 'assistant',
        parts: [
          { type: 'text', content: 'a' },
          { type: 'tool_call', id: 'c', name: 'f', arguments: { x: 1 } },
        ],
      }),
    ).toStrictEqual(
      new AIMessage({ content: 'a', tool_calls: [{ name: 'f', args: { x: 1 }, id: 'c', type: 'tool_call' }] }),
    )
  })

  it('with several parts has standard content blocks, as its constructor has them', () => {
    const { content, response_metadata } = fromNeutral({
      role: 'user',
      parts: [
        { type: 'text', content: 'what is this?' },
        { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
        { type: 'uri', modality: 'image', uri: 'https://a.example' },
        { type: 'file', modality: 'audio', file_id: 'f' },
      ],
    })
    expect(content).toEqual([
      { type: 'text', text: 'what is this?' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA' },
      { type: 'image', url: 'https://a.example' },
      { type: 'audio', fileId: 'f' },
    ])
    expect(response_metadata).toEqual({ output_version: 'v1' })
    const call = { type: 'tool_call' as const, id: 'c', name: 'f', args: {} }
    const made = new AIMessage({
      contentBlocks: [{ type: 'reasoning', reasoning: 'hm' }, { type: 'text', text: 'a' }, call],
    })
    const {
      content: blocks,
      contentBlocks,
      tool_calls,
      text,
    } = fromNeutral({
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: 'hm', signature: 's' },
        { type: 'text', content: 'a', state: 'done' },
        { type: 'tool_call', id: 'c', name: 'f', arguments: {}, providerExecuted: false },
      ],
    }) as AIMessage
    expect({ blocks, contentBlocks, tool_calls, text }).toEqual({
      blocks: made.content,
      contentBlocks: made.contentBlocks,
      tool_calls: made.tool_calls,
      text: 'a',
    })
  })

  it('leaves out what is for a page, and keeps blocks that it does not know', () => {
    const parts = [
      { type: 'step-start' },
      { type: 'text', content: 'a', state: 'done' },
      { type: 'data-chart', data: [1] },
      { type: 'source-url', url: 'https://a.example' },
      { type: 'reasoning-file', url: 'data:,a' },
      { type: 'custom', kind: 'openai.compaction' },
    ]
    expect(fromNeutral({ role: 'assistant', parts }).content).toBe('a')
    expect(fromNeutral({ role: 'assistant', parts: parts.slice(2) }).content).toBe('')
    const unknown = { type: 'image_url', image_url: { url: 'https://a.example' } }
    const message = fromNeutral({ role: 'user', parts: [...parts, unknown] })
    expect(message.content).toEqual([{ type: 'text', text: 'a' }, unknown])
    expect(message.response_metadata).toEqual({})
  })

  it('keeps those blocks when LangChain wrote them', () => {
    const message = new AIMessage({ content: [{ type: 'data-chart', data: [1] }] })
    expect(fromNeutral(toNeutral(message))).toStrictEqual(message)
  })

  it('with a response that is no text gives it to the model as JSON', () => {
    const response = { found: 2, huge: 3n }
    const message = fromNeutral({ role: 'tool', parts: [{ type: 'tool_call_response', id: 'c', response }] })
    expect(message).toBeInstanceOf(ToolMessage)
    expect(message.content).toBe('{"found":2,"huge":"3"}')
    expect(message).toHaveProperty('tool_call_id', 'c')
    expect(fromNeutral({ role: 'tool', parts: [] }).content).toBe('')
  })
})

describe('what cannot be read is refused', () => {
  const broken: Record<string, unknown> = {
    'no message': null,
    'no parts': { role: 'user' },
    'a part without a type': { role: 'user', parts: [{}] },
    'a native form that is none': { role: 'user', parts: [], native: { format: 'langchain/1', data: [] } },
    'a class that is not in the table': {
      role: 'user',
      parts: [],
      native: { format: 'langchain/1', data: { class: 'ChatOpenAI' } },
    },
    'a class called constructor': {
      role: 'user',
      parts: [],
      native: { format: 'langchain/1', data: { class: 'constructor' } },
    },
  }
  for (const [name, message] of Object.entries(broken)) {
    it(name, () => {
      expect(() => fromNeutral(message as never)).toThrow(expect.objectContaining({ code: 'MESSAGE_INVALID' }))
    })
  }

  it('a field called __proto__ does not change the class', () => {
    const fields = JSON.parse('{"__proto__":{"getType":"x"}}')
    const message = fromNeutral({ role: 'user', parts: [], native: { format: 'langchain/1', data: { fields } } })
    expect(Object.getPrototypeOf(message)).toBe(HumanMessage.prototype)
  })
})

describe('a message of another class', () => {
  it('of a second install comes back as ours', () => {
    const other = createRequire(import.meta.url)(
      '@langchain/core/messages',
    ) as typeof import('@langchain/core/messages')
    const foreign = new other.AIMessage({ content: 'a', tool_calls: [{ name: 'f', args: {}, id: 'c' }] })
    expect(Object.getPrototypeOf(foreign)).not.toBe(AIMessage.prototype)
    expect(isMessage(foreign)).toBe(true)
    const back = fromNeutral(toNeutral(foreign))
    expect(Object.getPrototypeOf(back)).toBe(AIMessage.prototype)
    expect({ ...back }).toStrictEqual({ ...foreign })
  })

  it('of the user comes back as the class that it extends, with its fields', () => {
    class Shouted extends HumanMessage {
      volume = 11
      static override lc_name(): string {
        return 'Shouted'
      }
    }
    const back = fromNeutral(toNeutral(new Shouted('hey')))
    expect(Object.getPrototypeOf(back)).toBe(HumanMessage.prototype)
    expect(back).toHaveProperty('volume', 11)
    expect(back.content).toBe('hey')
  })

  it('that only looks like a message is judged by its type', () => {
    class Homemade {
      lc_kwargs = {}
      content = 'a'
      _getType(): string {
        return 'ai'
      }
    }
    const made = new Homemade()
    expect(isMessage(made)).toBe(true)
    expect(toNeutral(made as never)).toMatchObject({ role: 'assistant', parts: [{ type: 'text', content: 'a' }] })
    made._getType = () => 'toString'
    expect(isMessage({ content: 'a' })).toBe(false)
    expect(isMessage(null)).toBe(false)
  })
})
