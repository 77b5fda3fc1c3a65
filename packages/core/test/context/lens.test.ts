import { describe, expect, it } from 'vitest'
import { checkLens, type Lens, type PartEdit } from '../../src/context/lens.ts'
import { neutralLens } from '../../src/context/lenses/neutral.ts'
import { type OpenAIChatMessage, openaiChatLens } from '../../src/context/lenses/openai-chat.ts'
import { EverthreadError } from '../../src/errors.ts'
import type { NeutralMessage } from '../../src/message/message.ts'

const edits = (...given: [number, PartEdit][]): Map<number, PartEdit> => new Map(given)

describe('a lens', () => {
  it.each(['read', 'edit', 'merge', 'make'] as const)('without its method %s is refused by name', (method) => {
    const lens = { ...neutralLens, [method]: undefined } as unknown as Lens<NeutralMessage>
    expect(() => checkLens(lens)).toThrow(
      expect.objectContaining({ code: 'LENS_INVALID', message: expect.stringContaining(method) }),
    )
  })

  it('that is none at all, has no name, or does not say where results stand is refused', () => {
    for (const lens of [undefined, null, 7, { ...neutralLens, name: '' }, { ...neutralLens, results: 'before' }]) {
      expect(() => checkLens(lens as Lens<NeutralMessage>)).toThrow(EverthreadError)
    }
  })
})

describe('the neutral lens', () => {
  const message: NeutralMessage = {
    role: 'assistant',
    id: 'm1',
    createdAt: 5,
    metadata: { pinned: true },
    native: { format: 'x', data: 1 },
    parts: [
      { type: 'reasoning', content: 'hm', signature: 'abc' },
      { type: 'text', content: 'Let me look' },
      { type: 'tool_call', id: 'c1', name: 'find', arguments: { q: 'x' } },
      { type: 'tool_call', id: 'c2', name: 'pay', arguments: {}, approval: { id: 'a1' } },
      { type: 'server_tool_use', id: 'c3', name: 'web_search', input: { q: 'y' } },
      { type: 'web_search_tool_result', tool_use_id: 'c3', content: [] },
      { type: 'uri', modality: 'image', uri: 'https://example.org/x.png' },
      { type: 'data-progress', data: { done: 1 } },
      { type: 'redacted_thinking', data: '…' },
    ],
  }

  it('reads roles, ids, times, pins and every kind of part', () => {
    expect(neutralLens.read(message)).toEqual({
      role: 'assistant',
      id: 'm1',
      createdAt: 5,
      pinned: true,
      parts: [
        { kind: 'reasoning', text: 'hm', signed: true, signer: 'anthropic' },
        { kind: 'text', text: 'Let me look' },
        { kind: 'call', callId: 'c1', tool: 'find', args: { q: 'x' }, text: 'find{"q":"x"}' },
        { kind: 'call', callId: 'c2', tool: 'pay', args: {}, text: 'pay{}', pending: true },
        {
          kind: 'call',
          callId: 'c3',
          tool: 'web_search',
          args: { q: 'y' },
          text: 'web_search{"q":"y"}',
          providerExecuted: true,
        },
        expect.objectContaining({ kind: 'result', callId: 'c3', providerExecuted: true, fixed: true }),
        { kind: 'file', text: '', modality: 'image' },
        { kind: 'other', text: '' },
        { kind: 'reasoning', text: '', signed: true, signer: 'anthropic' },
      ],
    })
  })

  it.each([
    ['developer', 'system'],
    ['model', 'assistant'],
    ['function', 'tool'],
    ['critic', 'user'],
    ['constructor', 'user'],
  ])('reads the role %s as %s', (role, expected) => {
    expect(neutralLens.read({ role, parts: [] }).role).toBe(expected)
  })

  it('takes a call for waiting, also when its approval says yes or no: the next request runs it', () => {
    for (const approval of [{ id: 'a' }, { id: 'a', approved: true }, { id: 'a', approved: false }]) {
      const part = { type: 'tool_call', name: 'pay', approval }
      expect(neutralLens.read({ role: 'assistant', parts: [part] }).parts[0]).toHaveProperty('pending', true)
    }
  })

  it('reads texts of responses: plain, in blocks, and as JSON', () => {
    const text = (response: unknown) =>
      neutralLens.read({ role: 'tool', parts: [{ type: 'tool_call_response', response }] }).parts[0]?.text
    expect(text('plain')).toBe('plain')
    expect(text([{ type: 'text', text: 'a' }, { text: 'b' }])).toBe('a\nb')
    expect(text({ n: 1n })).toBe('{"n":"1"}')
    expect(text(undefined)).toBe('')
  })

  it('makes changed copies, drops what was native, and leaves the message as it was', () => {
    const before = structuredClone(message)
    const copy = neutralLens.edit(
      message,
      edits([0, { drop: true }], [1, { text: 'Looked' }], [2, { text: '[find: OK]' }]),
    )
    expect(copy.native).toBeUndefined()
    expect(copy.parts.slice(0, 2)).toEqual([
      { type: 'text', content: 'Looked' },
      { type: 'text', content: '[find: OK]' },
    ])
    expect(copy.parts.slice(2)).toEqual(message.parts.slice(3))
    expect(message).toEqual(before)
  })

  it('replaces a response, and gives ids', () => {
    const result: NeutralMessage = {
      role: 'tool',
      name: 'find',
      parts: [{ type: 'tool_call_response', id: 'c', response: { long: 'x' } }],
    }
    expect(neutralLens.edit(result, edits([0, { text: 'short' }])).parts).toEqual([
      { type: 'tool_call_response', id: 'c', response: 'short' },
    ])
    expect(neutralLens.edit(result, edits([0, { callId: 'd' }])).parts[0]).toMatchObject({ id: 'd' })
  })

  it('merges two messages, and the pin of either', () => {
    const text = (content: string): NeutralMessage => ({ role: 'user', parts: [{ type: 'text', content }] })
    const merged = neutralLens.merge(text('a'), { ...text('b'), metadata: { pinned: true } })
    expect(neutralLens.read(merged)).toMatchObject({ pinned: true, parts: [{ text: 'a' }, { text: 'b' }] })
  })

  it('makes texts and errors of tools', () => {
    expect(neutralLens.make({ id: 'x', role: 'user', text: 'hi' })).toEqual({
      id: 'x',
      role: 'user',
      parts: [{ type: 'text', content: 'hi' }],
    })
    const error = neutralLens.make({ id: 'x', role: 'tool', callId: 'c', tool: 'find', error: 'no' })
    expect(neutralLens.read(error).parts).toEqual([
      { kind: 'result', callId: 'c', tool: 'find', text: 'no', failed: true },
    ])
    const without = neutralLens.make({ id: 'x', role: 'tool', tool: 'find', error: 'no' })
    expect(neutralLens.read(without).parts[0]).not.toHaveProperty('callId')
  })
})

describe('the lens of OpenAI chat messages', () => {
  const calling: OpenAIChatMessage = {
    role: 'assistant',
    content: 'One moment',
    reasoning_content: 'hm',
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'find', arguments: '{"q":1}' } },
      { id: 'b', type: 'function', function: { name: 'list', arguments: '{}' } },
    ],
  }

  it('reads calls, results, blocks and reasoning', () => {
    expect(openaiChatLens.read(calling).parts).toEqual([
      { kind: 'reasoning', text: 'hm' },
      { kind: 'text', text: 'One moment' },
      { kind: 'call', callId: 'a', tool: 'find', args: '{"q":1}', text: 'find{"q":1}' },
      { kind: 'call', callId: 'b', tool: 'list', args: '{}', text: 'list{}' },
    ])
    expect(openaiChatLens.read({ role: 'tool', tool_call_id: 'a', name: 'find', content: 'Error: gone' })).toEqual({
      role: 'tool',
      parts: [{ kind: 'result', callId: 'a', tool: 'find', text: 'Error: gone', failed: true }],
    })
    const blocks = [
      { type: 'text', text: 'see' },
      { type: 'image_url', image_url: { url: 'x' } },
      { type: 'refusal', refusal: 'no' },
      { type: 'new', x: 1 },
    ]
    expect(openaiChatLens.read({ role: 'user', id: 'u', content: blocks })).toEqual({
      role: 'user',
      id: 'u',
      parts: [
        { kind: 'text', text: 'see' },
        { kind: 'file', text: '', modality: 'image' },
        { kind: 'text', text: 'no' },
        { kind: 'other', text: '{"type":"new","x":1}' },
      ],
    })
  })

  it('takes an empty content beside calls for none, and alone for an empty text', () => {
    expect(openaiChatLens.read({ ...calling, content: '' }).parts.map(({ kind }) => kind)).toEqual([
      'reasoning',
      'call',
      'call',
    ])
    expect(openaiChatLens.read({ role: 'assistant', content: '' }).parts).toEqual([{ kind: 'text', text: '' }])
    expect(openaiChatLens.read({ role: 'assistant', content: null }).parts).toEqual([])
  })

  it('copies with calls dropped or told in text, and reasoning gone', () => {
    const copy = openaiChatLens.edit(
      calling,
      edits([0, { drop: true }], [2, { drop: true }], [3, { text: '[list: OK]' }]),
    )
    expect(copy).toEqual({ role: 'assistant', content: 'One moment\n[list: OK]' })
    expect(openaiChatLens.edit(calling, edits([1, { drop: true }]))).toMatchObject({ content: null })
    expect(openaiChatLens.edit(calling, edits([2, { callId: 'z' }]))).toEqual({
      ...calling,
      tool_calls: [{ ...calling.tool_calls?.[0], id: 'z' }, calling.tool_calls?.[1]],
    })
  })

  it('replaces results, and keeps a list of blocks a list', () => {
    const result: OpenAIChatMessage = { role: 'tool', tool_call_id: 'a', content: 'long' }
    expect(openaiChatLens.edit(result, edits([0, { text: 'short' }]))).toEqual({
      ...result,
      content: 'short',
    })
    expect(openaiChatLens.edit(result, edits([0, { callId: 'z' }]))).toEqual({ ...result, tool_call_id: 'z' })
    const user: OpenAIChatMessage = { role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'image_url' }] }
    expect(openaiChatLens.edit(user, edits([0, { drop: true }])).content).toEqual([{ type: 'image_url' }])
  })

  it('merges contents of either shape, and calls', () => {
    const { merge } = openaiChatLens
    expect(merge({ role: 'user', content: 'a' }, { role: 'user', content: 'b' }).content).toBe('a\n\nb')
    expect(merge({ role: 'user', content: 'a' }, { role: 'user', content: [{ type: 'image_url' }] }).content).toEqual([
      { type: 'text', text: 'a' },
      { type: 'image_url' },
    ])
    expect(merge({ role: 'assistant', content: 'a' }, calling)).toMatchObject({
      content: 'a\n\nOne moment',
      tool_calls: calling.tool_calls,
    })
  })

  it('makes texts and errors of tools', () => {
    expect(openaiChatLens.make({ id: 'x', role: 'user', text: 'hi' })).toEqual({ role: 'user', content: 'hi' })
    expect(openaiChatLens.make({ id: 'x', role: 'tool', callId: 'c', tool: 'find', error: 'no' })).toEqual({
      role: 'tool',
      tool_call_id: 'c',
      name: 'find',
      content: 'no',
    })
  })
})
