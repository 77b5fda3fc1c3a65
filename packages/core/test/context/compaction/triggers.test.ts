import { describe, expect, it } from 'vitest'
import { compactionDue } from '../../../src/context/compaction/triggers.ts'

const state = { messages: 20, tokens: 1_000, window: 100_000, now: 10_000, began: 0 }

describe('a compaction is due', () => {
  it('with more than 50 messages', () => {
    expect(compactionDue({ ...state, messages: 50 })).toBeUndefined()
    expect(compactionDue({ ...state, messages: 51 })).toBe('messages')
  })

  it('with more than 70% of the window', () => {
    expect(compactionDue({ ...state, tokens: 70_000 })).toBeUndefined()
    expect(compactionDue({ ...state, tokens: 70_001 })).toBe('window')
  })

  it('when so much time has passed, if something was said', () => {
    expect(compactionDue(state, { everyMs: 10_001 })).toBeUndefined()
    expect(compactionDue(state, { everyMs: 10_000 })).toBe('timer')
    const last = { at: 1_000, since: { messages: 0, tokens: 0 } }
    const spoken = { at: 1_000, since: { messages: 1, tokens: 9 } }
    expect(compactionDue({ ...state, last }, { everyMs: 5_000 })).toBeUndefined()
    expect(compactionDue({ ...state, last: spoken }, { everyMs: 5_000 })).toBe('timer')
    expect(compactionDue({ ...state, last: spoken }, { everyMs: 9_500 })).toBeUndefined()
    expect(compactionDue({ ...state, messages: 0 }, { everyMs: 10_000 })).toBeUndefined()
  })

  it('at other figures when they are given', () => {
    expect(compactionDue(state, { messages: 19 })).toBe('messages')
    expect(compactionDue(state, { share: 0.005 })).toBe('window')
    expect(compactionDue({ ...state, messages: 60 }, { messages: 100 })).toBeUndefined()
  })

  it('not again before enough has come since the last try, whatever came of it', () => {
    const since = (messages: number, tokens: number) => ({
      ...{ ...state, messages: 60, tokens: 80_000 },
      last: { at: 9_000, since: { messages, tokens } },
    })
    expect(compactionDue(since(0, 0))).toBeUndefined()
    expect(compactionDue(since(9, 9_999))).toBeUndefined()
    expect(compactionDue(since(10, 500))).toBe('window')
    expect(compactionDue(since(1, 10_000))).toBe('window')
  })
})
