import fc from 'fast-check'
import { record } from './values.ts'

type Block = Record<string, unknown>

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const bytes = fc.base64String({ maxLength: 24 })
const mime = fc.constantFrom('image/png', 'audio/wav', 'application/pdf')
const address = fc.webUrl()
const kind = fc.constantFrom('image', 'audio', 'video', 'file', 'text-plain')

/** Required keys always, the others now and then, in any order. */
function shape(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<Block> {
  return fc
    .record({ ...required, ...optional }, { requiredKeys: Object.keys(required) })
    .chain((made) =>
      fc
        .oneof(
          { weight: 3, arbitrary: fc.constant(Object.keys(made)) },
          { weight: 1, arbitrary: fc.shuffledSubarray(Object.keys(made), { minLength: Object.keys(made).length }) },
        )
        .map((order) => Object.fromEntries(order.map((key) => [key, made[key]]))),
    )
}

const is = (type: string): fc.Arbitrary<string> => fc.constant(type)

/** LangChain's standard blocks, of version 1 and of the older form. */
const standard = [
  shape(
    { type: is('text'), text },
    { cache_control: fc.constant({ type: 'ephemeral' }), annotations: fc.array(record), content: text },
  ),
  shape({ type: is('reasoning'), reasoning: text }, { index: fc.nat(4) }),
  shape({ type: is('tool_call'), id: text, name: text, args: record }),
  shape({ type: kind, url: address }, { mimeType: mime, metadata: record }),
  shape({ type: kind, data: bytes, mimeType: mime }),
  shape({ type: kind, data: fc.uint8Array({ maxLength: 6 }) }),
  shape({ type: kind, fileId: text }, { mimeType: mime }),
  shape({ type: kind, source_type: is('base64'), data: bytes }, { mime_type: mime, metadata: record }),
  shape({ type: kind, source_type: is('url'), url: address }, { mime_type: mime }),
  shape({ type: kind, source_type: is('id'), id: text }),
  shape({ type: is('file'), source_type: is('text'), text }),
  shape({ type: is('non_standard'), value: record }),
  shape({ type: is('server_tool_call'), id: text, name: text, args: record }),
]

const openai = [
  shape({ type: is('image_url'), image_url: shape({ url: address }, { detail: fc.constantFrom('low', 'high') }) }),
  shape({ type: is('image_url'), image_url: address }),
  shape({ type: is('input_audio'), input_audio: shape({ data: bytes, format: fc.constantFrom('wav', 'mp3') }) }),
  shape({ type: is('file'), file: shape({ file_id: text }) }),
  shape({
    type: is('reasoning'),
    id: text,
    summary: fc.array(shape({ type: is('summary_text'), text })),
    encrypted_content: text,
  }),
  shape({ type: is('refusal'), refusal: text }),
]

const anthropic = [
  shape({ type: is('thinking'), thinking: text, signature: text }),
  shape({ type: is('redacted_thinking'), data: bytes }),
  shape({ type: is('tool_use'), id: text, name: text, input: fc.oneof(record, text) }),
  shape({ type: is('image'), source: shape({ type: is('base64'), media_type: mime, data: bytes }) }),
  shape({ type: is('document'), source: shape({ type: is('url'), url: address }) }, { title: text, citations: record }),
  shape({ type: is('tool_result'), tool_use_id: text, content: text }),
]

const gemini = [
  shape({ type: is('functionCall'), functionCall: shape({ name: text, args: record }) }, { thoughtSignature: text }),
  shape({ type: is('media'), mimeType: mime, data: bytes }),
  shape({ type: is('executableCode'), executableCode: record }),
]

/** Types that the neutral schema has words for, used for something else, and what is no block at all. */
const hostile = [
  shape(
    { type: fc.constantFrom('blob', 'uri', 'file', 'tool_call_response', 'text', 'reasoning', 'langchain_block') },
    { content: text, block: record, modality: text },
  ),
  record as fc.Arbitrary<Block>,
]

/** A content block of any provider. */
export const block: fc.Arbitrary<Block> = fc.oneof(...standard, ...openai, ...anthropic, ...gemini, ...hostile)
