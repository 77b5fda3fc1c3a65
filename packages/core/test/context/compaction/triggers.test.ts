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
    const last = { at: 1_000, messages: 20, tokens: 1_000 }
    expect(compactionDue({ ...state, last }, { everyMs: 5_000 })).toBeUndefined()
    expect(compactionDue({ ...state, messages: 21, last }, { everyMs: 5_000 })).toBe('timer')
    expect(compactionDue({ ...state, messages: 21, last }, { everyMs: 9_500 })).toBeUndefined()
  })

  it('at other figures when they are given', () => {
    expect(compactionDue(state, { messages: 19 })).toBe('messages')
    expect(compactionDue(state, { share: 0.005 })).toBe('window')
    expect(compactionDue({ ...state, messages: 60 }, { messages: 100 })).toBeUndefined()
  })

  it('not again before enough has come since the last try, whatever came of it', () => {
    const last = { at: 9_000, messages: 60, tokens: 80_000 }
    const full = { ...state, messages: 60, tokens: 80_000, last }
    expect(compactionDue(full)).toBeUndefined()
    expect(compactionDue({ ...full, messages: 69 })).toBeUndefined()
    expect(compactionDue({ ...full, messages: 70 })).toBe('window')
    expect(compactionDue({ ...full, tokens: 90_000 })).toBe('window')
  })
})
