import { describe, expect, it } from 'vitest'
import { fromModelMessages, fromNeutral, toNeutral } from '../../src/index.ts'

const partsOf = (role: string, ...content: object[]) => fromModelMessages([{ role, content }] as never)[0]?.parts
const call = { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: { at: 1 } }
const bytes = new Uint8Array([1, 2, 3])
const png = 'data:image/png;base64,AQID'

describe('UI messages of model messages', () => {
  it.each([
    ['bytes', { data: bytes }, { url: png }],
    ['a buffer', { data: bytes.buffer }, { url: png }],
    ['base64', { data: 'AQID' }, { url: png }],
    ['an address', { data: 'https://a.example/b.png' }, { url: 'https://a.example/b.png' }],
    ['a URL', { data: new URL('https://a.example/b.png') }, { url: 'https://a.example/b.png' }],
    ['tagged bytes', { data: { type: 'data', data: bytes } }, { url: png }],
    ['a tagged URL', { data: { type: 'url', url: new URL('https://a.example/b') } }, { url: 'https://a.example/b' }],
    ['text', { data: { type: 'text', text: '\u0001\u0002\u0003' } }, { url: png }],
    ['a reference', { data: { type: 'reference', reference: { p: 'f' } } }, { url: '', providerReference: { p: 'f' } }],
    ['something else', { data: { p: 'f' } }, { url: '', providerReference: { p: 'f' } }],
  ])('show a file that is %s', (_, given, shown) => {
    const file = { type: 'file', mediaType: 'image/png', filename: 'b.png', ...given }
    expect(partsOf('user', file)).toEqual([{ type: 'file', mediaType: 'image/png', filename: 'b.png', ...shown }])
  })

  it('show images and files that do not say what they are', () => {
    expect(partsOf('user', { type: 'image', image: 'AQID' })).toEqual([
      { type: 'file', mediaType: 'image/*', url: 'data:image/*;base64,AQID' },
    ])
    expect(partsOf('assistant', { type: 'reasoning-file', data: 'AQID', providerOptions: { p: 1 } })?.at(-1)).toEqual({
      type: 'reasoning-file',
      mediaType: 'application/octet-stream',
      url: 'data:application/octet-stream;base64,AQID',
      providerMetadata: { p: 1 },
    })
  })

  it.each([
    ['json', { type: 'json', value: { n: 1 } }, { state: 'output-available', output: { n: 1 } }],
    ['an error', { type: 'error-text', value: 'No' }, { state: 'output-error', errorText: 'No' }],
    ['an error as JSON', { type: 'error-json', value: { n: 1 } }, { state: 'output-error', errorText: '{"n":1}' }],
    ['denied', { type: 'execution-denied', reason: 'No' }, { state: 'output-error', errorText: 'No' }],
    ['denied', { type: 'execution-denied' }, { state: 'output-error', errorText: 'Tool call execution denied.' }],
    ['nothing', undefined, { state: 'output-available', output: undefined }],
  ])('tell what came of a call: %s', (_, output, told) => {
    const [message] = fromModelMessages([
      { role: 'assistant', content: [{ ...call, providerExecuted: false, providerOptions: { p: 1 } }] },
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c', toolName: 'look', output }] },
    ] as never)
    const about = { providerExecuted: false, callProviderMetadata: { p: 1 } }
    expect(message?.parts.at(-1)).toEqual({ type: 'tool-look', toolCallId: 'c', input: { at: 1 }, ...about, ...told })
  })

  it.each([
    [true, 'approval-responded', 'output-available'],
    [false, 'approval-responded', 'output-denied'],
  ])('tell of approvals: %s', (approved, before, after) => {
    const asked = {
      type: 'tool-approval-request',
      approvalId: 'q',
      toolCallId: 'c',
      reason: 'risky',
      isAutomatic: false,
    }
    const response = { type: 'tool-approval-response', approvalId: 'q', approved, reason: 'so' }
    const result = { type: 'tool-result', toolCallId: 'c', toolName: 'look', output: { type: 'text', value: 'x' } }
    const so = [{ role: 'assistant', content: [call, asked] }]
    expect(fromModelMessages(so as never)[0]?.parts.at(-1)?.state).toBe('approval-requested')
    const decided = [...so, { role: 'tool', content: [response] }]
    expect(fromModelMessages(decided as never)[0]?.parts.at(-1)).toMatchObject({
      state: before,
      approval: { id: 'q', approved, reason: 'so', requestReason: 'risky' },
    })
    const done = [...so, { role: 'tool', content: [response, result] }]
    expect(fromModelMessages(done as never)[0]?.parts.at(-1)?.state).toBe(after)
  })

  it('leave out results and approvals of no call, begin with a tool, and keep what is unknown and what a system says', () => {
    const made = fromModelMessages([
      { role: 'system', content: 'Be kind' },
      {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: 'x', toolName: 'y', output: { type: 'text', value: '' } }],
      },
      { role: 'assistant', content: [{ type: 'custom', kind: 'a.b', providerOptions: { p: 1 } }] },
    ] as never)
    expect(made.map(({ role, parts }) => [role, parts])).toEqual([
      ['system', [{ type: 'text', text: 'Be kind' }]],
      ['assistant', [{ type: 'step-start' }, { type: 'custom', kind: 'a.b', providerMetadata: { p: 1 } }]],
    ])
  })
})

describe('parts of others in a UI', () => {
  const shown = (part: object) => fromNeutral([{ id: 'm', role: 'user', parts: [part] } as never])[0]?.parts
  const back = (part: object) => toNeutral([{ id: 'm', role: 'user', parts: shown(part) ?? [] } as never])[0]?.parts

  it.each([
    ['a blob', { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AQID' }, 'file'],
    ['an address', { type: 'uri', modality: 'image', mime_type: 'image/png', uri: 'https://a.example/b' }, 'file'],
    ['what no UI knows', { type: 'thinking_block', secret: 1 }, 'data-everthread'],
    ['what is ours already', { type: 'data-everthread', data: 1 }, 'data-everthread'],
    ['a source', { type: 'source-url', sourceId: 's', url: 'https://a.example' }, 'source-url'],
  ])('come back as they were: %s', (_, part, type) => {
    expect(shown(part)?.[0]?.type).toBe(type)
    expect(back(part)).toEqual([part])
  })

  it.each([
    ['document', 'application/octet-stream'],
    ['image', 'image'],
  ])('of a %s that does not say more are files', (modality, mediaType) => {
    expect(shown({ type: 'uri', modality, uri: 'https://a.example/b' })?.[0]).toMatchObject({ type: 'file', mediaType })
  })

  it.each([1, null, {}, { type: 1 }, { type: 'text', content: 'x' }])('are not forged by data like %o', (data) => {
    const part = { type: 'data-everthread', data }
    expect(toNeutral([{ id: 'm', role: 'user', parts: [part] } as never])[0]?.parts).toEqual([part])
  })
})
