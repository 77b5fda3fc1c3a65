import { describe, expect, it } from 'vitest'
import { fitTranscript, transcriptOf } from '../../../src/context/compaction/transcript.ts'
import type { MessageView } from '../../../src/context/index.ts'

describe('what the summarising model reads', () => {
  it('is who said, called and gave what, without thoughts', () => {
    const views: MessageView[] = [
      {
        role: 'user',
        parts: [
          { kind: 'text', text: 'Look at this.' },
          { kind: 'file', text: '', modality: 'image' },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'Hmm.' },
          { kind: 'call', text: 'find{"n":1}', tool: 'find', args: { n: 1 } },
        ],
      },
      { role: 'tool', parts: [{ kind: 'result', text: 'none', tool: 'find' }] },
      { role: 'tool', parts: [{ kind: 'result', text: 'some' }] },
      { role: 'assistant', parts: [{ kind: 'other', text: '' }] },
      { role: 'assistant', parts: [] },
    ]
    expect(transcriptOf(views)).toBe(
      [
        '[user] Look at this.\n[user sends: image]',
        '[assistant calls find{"n":1}]',
        '[result of find] none',
        '[result] some',
      ].join('\n\n'),
    )
  })

  it('has of a long result its beginning and its end', () => {
    const text = transcriptOf([{ role: 'tool', parts: [{ kind: 'result', text: `${'a'.repeat(5_000)}END` }] }])
    expect(text).toContain('(3003 characters left out)')
    expect(text.endsWith('END')).toBe(true)
    expect(text.length).toBeLessThan(2_100)
  })

  it('fits what the model can read, however its tokens are counted', () => {
    const long = `BEGIN ${'word '.repeat(20_000)} END`
    for (const count of [(text: string) => text.length, (text: string) => Math.ceil(text.length / 4), () => 10_000]) {
      const fitted = fitTranscript(long, 2_000, count)
      expect(fitted.length).toBeLessThan(9_000)
      expect(fitted.startsWith('BEGIN')).toBe(true)
      expect(fitted.endsWith('END')).toBe(true)
    }
    expect(fitTranscript('short', 2_000, (text) => text.length)).toBe('short')
  })
})
