import { AIMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { fromNeutral } from '../../src/messages/from-neutral.ts'
import { toNeutral } from '../../src/messages/to-neutral.ts'

type Block = Record<string, unknown>

/** A block as its provider writes it, and the part that everyone reads. */
const blocks: Record<string, [Block, Block]> = {
  'a text with annotations': [
    { type: 'text', text: 'a', annotations: [{ type: 'citation' }] },
    { type: 'text', content: 'a', annotations: [{ type: 'citation' }] },
  ],
  'standard reasoning': [
    { type: 'reasoning', reasoning: 'because' },
    { type: 'reasoning', content: 'because' },
  ],
  'thinking of Anthropic, with its signature': [
    { type: 'thinking', thinking: 'because', signature: 's' },
    { type: 'reasoning', content: 'because', signature: 's' },
  ],
  'reasoning of OpenAI, which has no text of its own': [
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
    { type: 'langchain_block', block: { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' } },
  ],
  'a standard image by address': [
    { type: 'image', url: 'https://a.example/b.png', mimeType: 'image/png' },
    { type: 'uri', modality: 'image', uri: 'https://a.example/b.png', mime_type: 'image/png' },
  ],
  'standard audio in bytes': [
    { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
    { type: 'blob', modality: 'audio', content: 'AAAA', mime_type: 'audio/wav' },
  ],
  'a standard file by id': [
    { type: 'file', fileId: 'f1' },
    { type: 'file', modality: 'file', file_id: 'f1' },
  ],
  'an older image block': [
    { type: 'image', source_type: 'base64', mime_type: 'image/png', data: 'AAAA' },
    { type: 'blob', modality: 'image', source_type: 'base64', mime_type: 'image/png', content: 'AAAA' },
  ],
  'an image of OpenAI': [
    { type: 'image_url', image_url: { url: 'https://a.example/b.png', detail: 'low' } },
    { type: 'uri', modality: 'image', uri: 'https://a.example/b.png', detail: 'low' },
  ],
  'an image of OpenAI, short': [
    { type: 'image_url', image_url: 'https://a.example/b.png' },
    { type: 'uri', modality: 'image', uri: 'https://a.example/b.png' },
  ],
  'audio of OpenAI': [
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    { type: 'blob', modality: 'audio', mime_type: 'audio/mp3', content: 'AAAA' },
  ],
  'an image of Anthropic': [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
  ],
  'a document of Anthropic by address': [
    { type: 'document', source: { type: 'url', url: 'https://a.example/c.pdf' }, title: 'C' },
    { type: 'uri', modality: 'document', uri: 'https://a.example/c.pdf', title: 'C' },
  ],
  'a function call of Gemini, untouched': [
    { type: 'functionCall', functionCall: { name: 'f', args: {} }, thoughtSignature: 's' },
    { type: 'functionCall', functionCall: { name: 'f', args: {} }, thoughtSignature: 's' },
  ],
  'a block of a type to come, untouched': [
    { type: 'hologram', light: [1, 2] },
    { type: 'hologram', light: [1, 2] },
  ],
  'an image whose bytes are no text': [
    { type: 'image', data: new Uint8Array([1]) },
    { type: 'image', data: new Uint8Array([1]) },
  ],
  'an image with extra words inside, untouched': [
    { type: 'image_url', image_url: { url: 'a', size: 1 } },
    { type: 'image_url', image_url: { url: 'a', size: 1 } },
  ],
  'a block that carries a word of the schema already': [
    { type: 'text', text: 'a', content: 'b' },
    { type: 'langchain_block', block: { type: 'text', text: 'a', content: 'b' } },
  ],
  'a block without a type': [{ text: 'a' }, { type: 'langchain_block', block: { text: 'a' } }],
}

describe('a content block is read as a part and comes back', () => {
  for (const [name, [block, part]] of Object.entries(blocks)) {
    it(name, () => {
      const message = new AIMessage({ content: [block as never] })
      const neutral = toNeutral(message)
      expect(neutral.parts).toEqual([part])
      const back = fromNeutral(neutral)
      expect(back).toStrictEqual(message)
      expect(JSON.stringify(back.content)).toBe(JSON.stringify(message.content))
    })
  }
})
