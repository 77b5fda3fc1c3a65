import { neutralLens } from '@everthread/core/context'
import {
  AIMessage,
  AIMessageChunk,
  ChatMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { langchainLens, toNeutral } from '../../src/index.ts'

const call = (id: string, name = 'look') => ({ id, name, args: { at: id }, type: 'tool_call' as const })
const edit = (...edits: [number, object][]) => new Map(edits)

describe('the lens for LangChain messages', () => {
  it.each([
    [new SystemMessage('be brief'), 'system'],
    [new HumanMessage('hello'), 'user'],
    [new AIMessage('hi'), 'assistant'],
    [new ToolMessage({ content: 'it is', tool_call_id: 'c1', name: 'look' }), 'tool'],
    [new ChatMessage({ content: 'hm', role: 'developer' }), 'system'],
    [new ChatMessage({ content: 'hm', role: 'critic' }), 'user'],
  ])('tells who speaks: %o', (message, role) => {
    expect(langchainLens.read(message).role).toBe(role)
  })

  it('reads a message as its neutral form reads', () => {
    const messages = [
      new HumanMessage({
        id: 'h',
        content: [
          { type: 'text', text: 'see' },
          { type: 'image_url', image_url: 'https://x.test/a.png' },
        ],
      }),
      new AIMessage({
        id: 'a',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'text', text: 'so' },
        ],
        tool_calls: [call('c1')],
      }),
      new ToolMessage({ id: 't', content: 'it broke', tool_call_id: 'c1', name: 'look', status: 'error' }),
    ]
    for (const message of messages) {
      expect(langchainLens.read(message)).toMatchObject(neutralLens.read(toNeutral(message)))
    }
  })

  it('reads a call once that also stands as a block of the content', () => {
    const content = [
      { type: 'text', text: 'so' },
      { type: 'tool_use', id: 'c1', name: 'look', input: {} },
    ]
    const { parts } = langchainLens.read(new AIMessage({ content, tool_calls: [call('c1')] }))
    expect(parts.map(({ kind }) => kind)).toEqual(['text', 'call'])
  })

  it('knows reasoning beside the content, and results that are more than text', () => {
    const reasoned = new AIMessage({ content: 'so', additional_kwargs: { reasoning_content: 'hm' } })
    expect(langchainLens.read(reasoned).parts[0]).toEqual({ kind: 'reasoning', text: 'hm' })
    const seen = new ToolMessage({
      tool_call_id: 'c1',
      content: [{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }],
    })
    expect(langchainLens.read(seen).parts[0]).toMatchObject({ kind: 'result', fixed: true })
    expect(langchainLens.read(new HumanMessage({ content: 'x', additional_kwargs: { pinned: true } })).pinned).toBe(
      true,
    )
  })

  it('shortens a result in a copy of the same class, and leaves the original', () => {
    const message = new ToolMessage({
      id: 't',
      content: 'long '.repeat(9),
      tool_call_id: 'c1',
      artifact: { rows: [1] },
    })
    const before = JSON.stringify(message)
    const copy = langchainLens.edit(message, edit([0, { text: 'short', callId: 'c2' }]))
    expect(copy).toBeInstanceOf(ToolMessage)
    expect(copy).toMatchObject({ id: 't', content: 'short', tool_call_id: 'c2', artifact: { rows: [1] } })
    expect(JSON.stringify(copy)).toContain('short')
    expect(JSON.stringify(message)).toBe(before)
  })

  it('drops a call wherever it stands', () => {
    const message = new AIMessageChunk({
      content: [
        { type: 'text', text: 'so' },
        { type: 'tool_use', id: 'c1', name: 'look', input: {} },
        { type: 'tool_use', id: 'c2', name: 'look', input: {} },
      ],
      tool_calls: [call('c1'), call('c2')],
      additional_kwargs: { tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }] },
      response_metadata: { output: [{ type: 'function_call' }], model: 'm' },
    })
    const copy = langchainLens.edit(message, edit([1, { drop: true }])) as AIMessageChunk
    expect(copy).toBeInstanceOf(AIMessageChunk)
    expect(copy.tool_calls).toEqual([call('c2')])
    expect(copy.content).toEqual([message.content[0], message.content[2]])
    expect(copy.additional_kwargs).toEqual({})
    expect(copy.response_metadata).toEqual({ model: 'm' })
  })

  it('tells a call in words, in its place', () => {
    const blocks = new AIMessage({
      content: [
        { type: 'tool_use', id: 'c1', name: 'look', input: {} },
        { type: 'text', text: 'so' },
      ],
      tool_calls: [call('c1')],
    })
    expect(langchainLens.edit(blocks, edit([1, { text: '[look: OK]' }]))).toMatchObject({
      content: [
        { type: 'text', text: '[look: OK]' },
        { type: 'text', text: 'so' },
      ],
      tool_calls: [],
    })
    const plain = new AIMessage({ content: 'so', tool_calls: [call('c1')] })
    expect(langchainLens.edit(plain, edit([1, { text: '[look: OK]' }]))).toMatchObject({
      content: 'so\n[look: OK]',
      tool_calls: [],
    })
  })

  it('gives a call its id in every place', () => {
    const content = [{ type: 'tool_use', id: 'c1', name: 'look', input: {} }]
    const copy = langchainLens.edit(new AIMessage({ content, tool_calls: [call('c1')] }), edit([0, { callId: 'n' }]))
    expect(copy).toMatchObject({ content: [{ id: 'n' }], tool_calls: [{ id: 'n' }] })
  })

  it('drops reasoning and blocks, and changes texts', () => {
    const message = new AIMessage({
      content: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'text', text: 'so', cache_control: { type: 'ephemeral' } },
        { type: 'image', url: 'https://x.test/a.png' },
      ],
      additional_kwargs: { reasoning_content: 'hm', other: 1 },
    })
    const copy = langchainLens.edit(
      message,
      edit([0, { drop: true }], [1, { drop: true }], [2, { text: 'then' }], [3, { text: '[image]' }]),
    )
    expect(copy).toMatchObject({
      content: [
        { type: 'text', text: 'then', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: '[image]' },
      ],
      additional_kwargs: { other: 1 },
    })
  })

  it('joins two messages of one role', () => {
    expect(langchainLens.merge(new HumanMessage({ id: '1', content: 'a' }), new HumanMessage('b'))).toMatchObject({
      id: '1',
      content: 'a\n\nb',
    })
    const joined = langchainLens.merge(
      new AIMessage({ content: '', tool_calls: [call('c1')] }),
      new AIMessage({ content: [{ type: 'text', text: 'b' }], tool_calls: [call('c2')] }),
    )
    expect(joined).toMatchObject({ content: [{ type: 'text', text: 'b' }], tool_calls: [call('c1'), call('c2')] })
  })

  it('makes messages that LangChain takes', () => {
    expect(langchainLens.make({ id: 'x', role: 'user', text: 'hi' })).toBeInstanceOf(HumanMessage)
    expect(langchainLens.make({ id: 'x', role: 'assistant', text: 'hi' })).toBeInstanceOf(AIMessage)
    const made = langchainLens.make({ id: 'x', role: 'tool', callId: 'c1', tool: 'look', error: 'lost' })
    expect(made).toMatchObject({ id: 'x', tool_call_id: 'c1', name: 'look', status: 'error', content: 'lost' })
  })
})
