import { EverthreadError, SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { HumanMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { chatModelWriter, contextMiddleware } from '../../src/index.ts'

const question = { model: {}, messages: [new HumanMessage('Hello')] }
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'nothing'
  } catch (error) {
    return EverthreadError.isInstance(error) ? error.code : String(error)
  }
}

describe('contextMiddleware', () => {
  const writer = { invoke: async () => new HumanMessage('x') }
  const sessions = new SessionManager({ store: memoryStore() })

  it.each<[string, string, object | null]>([
    ['an unknown option', 'OPTIONS_INVALID', { budgets: 5 }],
    ['a budget of nothing', 'OPTIONS_INVALID', { budget: 0 }],
    ['a window that is none', 'OPTIONS_INVALID', { window: Number.NaN }],
    ['options that are none', 'OPTIONS_INVALID', null],
    ['a policy that is none', 'POLICY_INVALID', { policy: [{}] }],
    ['a counter that is none', 'TOKEN_COUNTER_INVALID', { tokenCounter: 5 }],
    ['a provider that nobody knows', 'PROVIDER_UNKNOWN', { provider: 'acme' }],
    ['pins that are none', 'CONTEXT_OPTIONS_INVALID', { pinned: [{}] }],
    ['a retention that there is not', 'CONTEXT_OPTIONS_INVALID', { tools: { read: 'always' } }],
    ['a headroom that is none', 'CONTEXT_OPTIONS_INVALID', { replan: { headroom: 2 } }],
    ['sessions that are none', 'OPTIONS_INVALID', { sessions: {} }],
    ['a recall that is no switch', 'OPTIONS_INVALID', { recall: 'yes' }],
    ['a listener that is none', 'OPTIONS_INVALID', { onReceipt: {} }],
    ['a compaction without sessions', 'OPTIONS_INVALID', { compaction: { model: writer } }],
    ['a model that is none', 'MODEL_INVALID', { sessions, compaction: { model: {} } }],
    [
      'a compaction that keeps less than nothing',
      'COMPACTION_INVALID',
      { sessions, compaction: { model: writer, keepRecent: -1 } },
    ],
    [
      'an unknown option of a compaction',
      'CONTEXT_OPTIONS_INVALID',
      { sessions, compaction: { model: writer, keep: 1 } },
    ],
  ])('refuses %s at once', (_, code, options) => {
    expect(codeOf(() => contextMiddleware(options as never))).toBe(code)
    expect(codeOf(() => chatModelWriter(undefined as never))).toBe('MODEL_INVALID')
  })

  it.each([
    ['a name', Object.assign(new Error('no'), { name: 'ContextOverflowError' })],
    ['a code', Object.assign(new Error('no'), { code: 'context_length_exceeded' })],
    ['words', new Error('prompt is too long: 210000 tokens > 200000 maximum')],
    ['a cause', new Error('the call failed', { cause: new Error('The input token count exceeds the maximum') })],
  ])('knows a request that is too long by %s, and tries once with less', async (_, error) => {
    const tokens: number[] = []
    const { wrapModelCall } = contextMiddleware({
      budget: 100,
      onReceipt: (receipt) => 'budget' in receipt && tokens.push(receipt.budget as number),
    })
    const failing = () => Promise.reject(error)
    await expect(wrapModelCall(question, failing)).rejects.toBe(error)
    expect(tokens).toEqual([100, 50])
  })

  it('leaves other failures to those whose they are', async () => {
    const { wrapModelCall } = contextMiddleware({ recall: false })
    const error = new Error('rate limit')
    let calls = 0
    const failing = () => {
      calls++
      return Promise.reject(error)
    }
    await expect(wrapModelCall(question, failing)).rejects.toBe(error)
    expect(calls).toBe(1)
    expect(contextMiddleware({ recall: false }).tools).toEqual([])
  })

  it('takes the window that LangChain knows of the model', async () => {
    const budgets: unknown[] = []
    const { wrapModelCall } = contextMiddleware({
      onReceipt: (receipt) => 'budget' in receipt && budgets.push(receipt.budget),
    })
    const model = { profile: { maxInputTokens: 1_000 } }
    await wrapModelCall({ ...question, model }, async () => 'answer')
    await wrapModelCall(question, async () => 'answer')
    expect(budgets).toEqual([800, 102_400])
  })
})
