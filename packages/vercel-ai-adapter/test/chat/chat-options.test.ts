import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { checkChatOptions } from '../../src/chat/chat-options.ts'

const store = memoryStore()
const wrong: [string, unknown][] = [
  ['nothing', undefined],
  ['no store', {}],
  ['a store and sessions', { store, sessions: {} }],
  ['an unknown option', { store, polcy: [] }],
  ['onBusy', { store, onBusy: 'join' }],
  ['onDisconnect', { store, onDisconnect: 'go' }],
  ['validate', { store, validate: true }],
  ['titles', { store, titles: true }],
  ['onError', { store, onError: 'log' }],
  ['generateId', { store, generateId: 'a1' }],
  ['maxMessageChars', { store, maxMessageChars: 0 }],
  ['answerWithin', { store, answerWithin: 1.5 }],
]

describe('the options of a chat', () => {
  it.each(wrong)('are refused with one code and what to do: %s', (_, options) => {
    expect(() => checkChatOptions(options as never)).toThrow(
      expect.objectContaining({ code: 'CHAT_OPTIONS_INVALID', message: expect.stringMatching(/^(Give|Leave out) /) }),
    )
  })

  it('have steps pruned by what the context is pruned by, and else only made legal, for the same provider', () => {
    const sized = checkChatOptions({ store, budget: 1_000, provider: 'openai' })
    expect(sized.prune).toBe(sized.build)
    expect(sized.build).toMatchObject({ budget: 1_000, provider: 'openai' })
    const plain = checkChatOptions({ store, provider: 'openai' })
    expect(plain.prune).toBe(plain.legal)
    expect(plain.legal.provider).toBe('openai')
    expect(checkChatOptions({ store }).legal).not.toHaveProperty('provider')
  })
})
