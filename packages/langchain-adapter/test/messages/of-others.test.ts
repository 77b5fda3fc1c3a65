import type { BaseMessage } from '@langchain/core/messages'
import { expect, it } from 'vitest'
import { historyFormat } from '../../src/messages/history-format.ts'

const others = {
  createdAt: 5,
  role: 'user',
  parts: [{ type: 'text', content: 'x' }],
  metadata: { from: 'web' },
  native: { format: 'others/1', data: 1 },
  id: '1',
}
const read = (): BaseMessage => historyFormat.decode(JSON.stringify(others)) as BaseMessage

it('a message of others is what they wrote, until it is changed', () => {
  expect(historyFormat.encode(read())).toBe(JSON.stringify(others))
})

it.each([
  { type: 'data-chart', data: [1] },
  { type: 'text', content: 'x', state: 'done' },
  { type: 'uri', modality: 'image', uri: 'https://a.example', filename: 'a.png' },
])('what LangChain cannot hold of it is there, though nothing else says whose it is: %o', (part) => {
  const text = JSON.stringify({ role: 'assistant', parts: [part, { type: 'text', content: 'y' }], id: '1' })
  expect(historyFormat.encode(historyFormat.decode(text) as BaseMessage)).toBe(text)
})

it('one that is changed keeps its time and metadata, and no form that no longer fits', () => {
  const message = read()
  message.content = 'changed'
  const { createdAt, metadata, id } = others
  const changed = JSON.parse(historyFormat.encode(message)) as { native?: { format: string } }
  expect(changed).toMatchObject({ id, createdAt, metadata, parts: [{ type: 'text', content: 'changed' }] })
  expect(changed.native?.format).not.toBe('others/1')
})
