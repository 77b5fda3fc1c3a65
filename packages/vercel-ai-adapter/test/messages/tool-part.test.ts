import { describe, expect, it } from 'vitest'
import { fromNeutral } from '../../src/messages/from-neutral.ts'
import { partOfCall, splitToolPart, withResponse } from '../../src/messages/tool-part.ts'
import type { UIPart } from '../../src/messages/ui-message.ts'

const back = (part: UIPart): UIPart => {
  const { call, response } = splitToolPart(part)
  return response ? withResponse(partOfCall(call), response) : partOfCall(call)
}

describe('a tool part', () => {
  const base = { type: 'tool-lookup', toolCallId: 'c1', input: { topic: 'bikes' } }
  const meta = { resultProviderMetadata: { openai: { id: 'r1' } } }
  const parts: UIPart[] = [
    { ...base, state: 'input-streaming' },
    { type: 'tool-lookup', toolCallId: 'c1', state: 'input-streaming' },
    { ...base, state: 'input-available' },
    { ...base, state: 'approval-requested', approval: { id: 'p1' } },
    { ...base, state: 'approval-responded', approval: { id: 'p1', approved: true } },
    { ...base, state: 'output-available', output: { found: 2 }, preliminary: true },
    { ...base, state: 'output-available', output: null, providerExecuted: true, ...meta },
    { ...base, state: 'output-error', errorText: 'No such topic' },
    { ...base, state: 'output-denied', approval: { id: 'p1', approved: false, reason: 'Not now' } },
    { ...base, type: 'dynamic-tool', toolName: 'lookup', state: 'output-available', output: 'two' },
    { ...base, type: 'dynamic-tool', toolName: 'lookup', dynamic: false, state: 'input-available' },
  ]

  it.each(parts)('is a call and a response, and they are it again: $state', (part) => {
    expect(back(part)).toEqual(part)
  })
})

describe('a call from elsewhere', () => {
  it('need not have a name, an id or arguments', () => {
    expect(partOfCall({ type: 'tool_call', name: 3, approval: null } as never)).toEqual({
      ...{ type: 'tool-', toolCallId: '', state: 'input-available', approval: null },
    })
  })

  it('has an error as a text, whatever it was', () => {
    const part: UIPart = { type: 'tool-lookup', toolCallId: 'c1', state: 'input-available' }
    const errorOf = (more: object) =>
      withResponse(part, { type: 'tool_call_response', id: 'c1', status: 'error', ...more } as never).errorText
    expect(errorOf({ response: 'Broken' })).toBe('Broken')
    expect(errorOf({ response: { code: 3 } })).toBe('{"code":3}')
    expect(errorOf({})).toBe('')
  })

  it('may be missing: its response stays as it is', () => {
    const messages = fromNeutral([
      { role: 'tool', parts: [{ type: 'tool_call_response', response: 'lost' } as never] },
      { id: 'm1', role: 'tool', parts: [{ type: 'tool_call_response', id: 'c9', response: 'lost' }] },
    ])
    expect(messages).toMatchObject([
      { id: 'message-0', role: 'assistant', parts: [{ type: 'data-everthread', data: { response: 'lost' } }] },
      { id: 'm1', role: 'assistant', parts: [{ type: 'data-everthread', data: { response: 'lost' } }] },
    ])
  })
})
