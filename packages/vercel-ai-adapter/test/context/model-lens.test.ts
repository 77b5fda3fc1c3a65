import type { PartEdit } from '@everthread/core/context'
import { describe, expect, it } from 'vitest'
import { modelMessageLens as lens } from '../../src/context/model-lens.ts'
import { modelPartsOf } from '../../src/messages/model-message.ts'

const edited = (message: { role: string; content: string | { type: string }[] }, edits: Record<number, PartEdit>) =>
  lens.edit(message, new Map(Object.entries(edits).map(([at, edit]) => [Number(at), edit]))).content

const call = { type: 'tool-call', toolCallId: 'c1', toolName: 'lookup', input: {} }
const asked = { type: 'tool-approval-request', approvalId: 'p1', toolCallId: 'c1' }
const result = (output: object) => ({ type: 'tool-result', toolCallId: 'c1', toolName: 'lookup', output })

describe('a model message that is edited', () => {
  it('is a text, changed or emptied', () => {
    const message = { role: 'user', content: 'Hello' }
    expect(edited(message, { 0: { text: 'Hi' } })).toBe('Hi')
    expect(edited(message, { 0: { drop: true } })).toBe('')
    expect(edited(message, {})).toBe('Hello')
    expect(modelPartsOf({ role: 'user', content: '' })).toEqual([])
  })

  it('loses what is asked about a call that goes, or becomes a text', () => {
    const message = { role: 'assistant', content: [call, asked] }
    expect(edited(message, { 0: { drop: true } })).toEqual([])
    expect(edited(message, { 0: { text: 'It looked' } })).toEqual([{ type: 'text', text: 'It looked' }])
  })

  it('has a call, what is asked about it and its result under the same new id', () => {
    const message = { role: 'assistant', content: [call, asked] }
    expect(edited(message, { 0: { callId: 'c2' } })).toEqual([
      { ...call, toolCallId: 'c2' },
      { ...asked, toolCallId: 'c2' },
    ])
    const answer = result({ type: 'text', value: 'found' })
    expect(edited({ role: 'tool', content: [answer] }, { 0: { callId: 'c2' } })).toEqual([
      { ...answer, toolCallId: 'c2' },
    ])
    expect(edited(message, {})).toEqual([call, asked])
  })

  it('has a shorter result of the kind that it was: an error stays one', () => {
    const short = (output: object) => edited({ role: 'tool', content: [result(output)] }, { 0: { text: 'short' } })
    expect(short({ type: 'json', value: {} })).toEqual([result({ type: 'text', value: 'short' })])
    expect(short({ type: 'error-json', value: {} })).toEqual([result({ type: 'error-text', value: 'short' })])
    expect(short({ type: 'error-text', value: 'long' })).toEqual([result({ type: 'error-text', value: 'short' })])
  })
})

it('two messages are one, with the options of both, the first one’s before the second one’s', () => {
  const first = { role: 'user', content: 'One', providerOptions: { a: { x: 1 } } }
  const second = { role: 'user', content: [{ type: 'text', text: 'Two' }], providerOptions: { a: { x: 2 }, b: {} } }
  const content = [
    { type: 'text', text: 'One' },
    { type: 'text', text: 'Two' },
  ]
  expect(lens.merge(first, second)).toEqual({ role: 'user', content, providerOptions: { a: { x: 1 }, b: {} } })
  expect(lens.merge(first, { role: 'user', content: '' })).toMatchObject({ providerOptions: { a: { x: 1 } } })
})

describe('what the engine reads of a model message', () => {
  const kinds = (role: string, ...content: { type: string }[]) => lens.read({ role, content }).parts

  it('is pictures as files, and texts that are none as empty', () => {
    expect(kinds('user', { type: 'image' }, { type: 'text' })).toEqual([
      { kind: 'file', text: '', modality: 'image' },
      { kind: 'text', text: '' },
    ])
  })

  it('is a result with more than text in it as one that cannot be shortened', () => {
    const text = { type: 'text', text: 'a' }
    const fixed = (value: unknown) => kinds('tool', result({ type: 'content', value }) as { type: string })[0]
    expect(fixed([text, { type: 'file-data' }])).toMatchObject({ kind: 'result', fixed: true })
    expect(fixed('odd')).toMatchObject({ kind: 'result', fixed: true })
    expect(fixed([text])).not.toHaveProperty('fixed')
    expect(kinds('tool', { type: 'tool-result' })[0]).toMatchObject({ kind: 'result' })
  })
})
