import { describe, expect, it } from 'vitest'
import { appendedAfter } from '../../src/checkpoint/appended.ts'
import type { NeutralMessage } from '../../src/index.ts'
import { mergeMessages } from '../../src/session/history.ts'

const say = (id: string, role = 'user', content = id): NeutralMessage => ({
  id,
  role,
  parts: [{ type: 'text', content }],
})
const ids = (messages: readonly NeutralMessage[]): unknown[] => messages.map(({ id }) => id)

describe('messages that come to a history', () => {
  const before = [say('a'), say('b')]

  it('come behind it, or by id in the place of others', () => {
    expect(mergeMessages(before, [])).toBe(before)
    expect(mergeMessages(before, [say('c'), say('a', 'user', 'new')])).toEqual([
      say('a', 'user', 'new'),
      say('b'),
      say('c'),
    ])
    const nameless = { role: 'user', parts: [] }
    expect(mergeMessages(before, [nameless, nameless])).toHaveLength(4)
  })

  it('end others, one by one or all before', () => {
    expect(ids(mergeMessages(before, [say('a', 'remove'), say('none', 'remove'), say('c')]))).toEqual(['b', 'c'])
    expect(ids(mergeMessages(before, [say('a', 'remove'), say('a')]))).toEqual(['b', 'a'])
    expect(ids(mergeMessages(before, [say('c'), say('__remove_all__', 'remove'), say('d')]))).toEqual(['d'])
  })
})

it('what stands behind the first entries is told only where these are the first', () => {
  const runs = [
    { segment: 's', from: 0, to: 3 },
    { segment: 't', from: 0, to: 1 },
  ]
  const all = { runs, count: 4 }
  const first = { runs: [{ segment: 's', from: 0, to: 2 }], count: 2 }
  expect(appendedAfter(all, first)).toEqual({ runs: [{ segment: 's', from: 2, to: 3 }, runs[1]], count: 2 })
  expect(appendedAfter(all, all)).toEqual({ runs: [], count: 0 })
  expect(appendedAfter(all, { runs: [{ segment: 'u', from: 0, to: 1 }], count: 1 })).toBeUndefined()
})
