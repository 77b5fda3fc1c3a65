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

  it.each<[string, string, object]>([
    ['an unknown option', 'OPTIONS_INVALID', { budgets: 5 }],
    ['a budget of nothing', 'OPTIONS_INVALID', { budget: 0 }],
    ['a window that is none', 'OPTIONS_INVALID', { window: Number.NaN }],
    ['a compaction without sessions', 'OPTIONS_INVALID', { compaction: { model: writer } }],
    [
      'a model that is none',
      'MODEL_INVALID',
      { sessions: new SessionManager({ store: memoryStore() }), compaction: { model: {} } },
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
