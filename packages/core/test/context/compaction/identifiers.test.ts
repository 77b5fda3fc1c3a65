import { describe, expect, it } from 'vitest'
import { identifiersToKeep, missingFrom } from '../../../src/context/compaction/identifiers.ts'
import type { MessageView, PartView } from '../../../src/context/index.ts'

const said = (text: string): MessageView => ({ role: 'user', parts: [{ kind: 'text', text }] })
const gave = (text: string): MessageView => ({ role: 'tool', parts: [{ kind: 'result', text }] })
const of = (...views: MessageView[]): string[] => identifiersToKeep(views, views)

describe('what a summary must name', () => {
  it.each([
    ['order=ORD-77 state=sent', ['ORD-77']],
    ['Book M05KNL for aarav_garcia_1177.', ['M05KNL', 'aarav_garcia_1177']],
    [
      'See https://example.com/a?b=1, and write to lea.roy@example.org!',
      ['https://example.com/a?b=1', 'lea.roy@example.org'],
    ],
    ['Mend src/session/view-row.ts and ./bin/run', ['src/session/view-row.ts', './bin/run']],
    ['Ticket TCK-20418 (card 4417123456789113)', ['TCK-20418', '4417123456789113']],
    ['The commit is 9fceb02d0ae598e95dc970b74767f19372d61af8.', ['9fceb02d0ae598e95dc970b74767f19372d61af8']],
    ['订单号是ORD-4412，请帮我查一下', ['ORD-4412']],
  ])('%s', (text, expected) => {
    expect(of(said(text))).toEqual(expected)
  })

  it('is not what is only words, dates, times and small numbers', () => {
    expect(
      of(said('On 2026-03-14 at 09:30 we sold 1,200 units and/or 12% more in 3 days; IMPORTANT, well-known.')),
    ).toEqual([])
  })

  it('is of what tools gave only what somebody took up', () => {
    expect(of(gave('{"order":"ORD-1001","other":"ORD-1002"}'), said('Take ORD-1001 then.'))).toEqual(['ORD-1001'])
  })

  it('is of the last messages, the newest first, and no more than can be minded', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      said(`Order A-${100 + i}, B-${100 + i}, C-${100 + i}, D-${100 + i}, E-${100 + i}`),
    )
    const found = of(...many)
    expect(found).toHaveLength(40)
    expect(found[0]).toBe('A-129')
    expect(found).not.toContain('A-119')
  })

  it('is not what was only thought', () => {
    const thought: PartView = { kind: 'reasoning', text: 'Perhaps ORD-7777' }
    expect(of({ role: 'assistant', parts: [thought] }, said('ORD-7777 it is not')).slice(1)).toEqual([])
  })

  it('is missed when it is not there letter by letter', () => {
    expect(missingFrom('We sent ord-1001.', ['ORD-1001'])).toEqual(['ORD-1001'])
    expect(missingFrom('We sent ORD-1001.', ['ORD-1001'])).toEqual([])
  })

  it('is found in a text of any shape in time proportional to it', () => {
    for (const text of [
      'a/'.repeat(200_000),
      'a.'.repeat(200_000),
      'a@'.repeat(200_000),
      '1,'.repeat(200_000),
      '.'.repeat(400_000),
    ]) {
      expect(of(said(text))).toEqual([])
    }
  })
})
