import { describe, expect, it } from 'vitest'
import { type NeutralMessage, textOf } from '../../src/message/message.ts'
import { isPart } from '../../src/message/part.ts'
import { isNeutralMessage, validateMessage } from '../../src/message/validate.ts'

const full: NeutralMessage = {
  id: 'm1',
  role: 'assistant',
  name: 'bot',
  createdAt: 1,
  metadata: { shown: true },
  native: { format: 'other', data: null },
  parts: [
    { type: 'text', content: 'a', cache_control: { type: 'ephemeral' } },
    { type: 'reasoning', content: 'because', signature: 's' },
    { type: 'tool_call', id: null, name: 'search', arguments: { q: 1 } },
    { type: 'tool_call_response', id: 'c', response: 'b' },
    { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
    { type: 'file', modality: 'image', file_id: 'f' },
    { type: 'uri', modality: 'video', mime_type: null, uri: 'https://a.example' },
    { type: 'something_new', anything: [1] },
  ],
}

it('a message of every part is valid, and unknown parts pass', () => {
  expect(validateMessage(full)).toBe(full)
  expect(isNeutralMessage(full)).toBe(true)
})

it('the text of a message leaves reasoning out', () => {
  expect(textOf(full)).toBe('ab')
})

it('a part is narrowed by its type', () => {
  const [first] = full.parts
  expect(first && isPart(first, 'text') && first.content).toBe('a')
})

describe('a message is refused, naming the field,', () => {
  const broken: Record<string, [unknown, string]> = {
    'that is no object': ['hello', 'role and parts'],
    'that is a list': [[], 'role and parts'],
    'without a role': [{ parts: [] }, '"role"'],
    'with an empty role': [{ role: '', parts: [] }, '"role"'],
    'without parts': [{ role: 'user' }, '"parts"'],
    'with an id that is no text': [{ role: 'user', parts: [], id: 1 }, '"id"'],
    'with a name that is no text': [{ role: 'user', parts: [], name: null }, '"name"'],
    'with a time that is none': [{ role: 'user', parts: [], createdAt: Number.NaN }, '"createdAt"'],
    'with metadata that is a list': [{ role: 'user', parts: [], metadata: [] }, '"metadata"'],
    'with a native form without a format': [{ role: 'user', parts: [], native: {} }, '"native"'],
    'with a part that is text': [{ role: 'user', parts: ['a'] }, '"parts[0]"'],
    'with a part without a type': [{ role: 'user', parts: [{}] }, '"parts[0].type"'],
    'with a text without content': [{ role: 'user', parts: [{ type: 'text' }] }, '"parts[0].content"'],
    'with a call without a name': [{ role: 'assistant', parts: [{ type: 'tool_call' }] }, '"parts[0].name"'],
    'with a blob without a modality': [{ role: 'user', parts: [{ type: 'blob', content: '' }] }, '"parts[0].modality"'],
  }
  for (const [name, [message, said]] of Object.entries(broken)) {
    it(name, () => {
      expect(isNeutralMessage(message)).toBe(false)
      expect(() => validateMessage(message)).toThrow(
        expect.objectContaining({ code: 'MESSAGE_INVALID', message: expect.stringContaining(said) }),
      )
    })
  }
})
