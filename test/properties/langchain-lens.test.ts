import { inspect } from 'node:util'
import { checkLegality, type OneProvider, repair } from '@everthread/core/context'
import { fromNeutral, langchainLens } from '@everthread/langchain-adapter'
import type { BaseMessage } from '@langchain/core/messages'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyHistory } from '../arbitraries/histories.ts'
import { message } from '../arbitraries/messages.ts'

const providers: OneProvider[] = ['openai', 'anthropic', 'gemini']
const shown = (messages: readonly BaseMessage[]) =>
  messages.map((each) => inspect({ ...each }, { depth: null })).join('\n')

describe.each(providers)('LangChain messages for %s', (provider) => {
  const options = { provider, lens: langchainLens }
  const isMadeLegal = (messages: BaseMessage[]): void => {
    const before = shown(messages)
    const { messages: legal } = repair(messages, options)
    expect(checkLegality(legal, options)).toEqual([])
    expect(shown(repair(legal, options).messages)).toEqual(shown(legal))
    expect(shown(messages)).toEqual(before)
  }

  it('become legal, whatever the history', () => {
    fc.assert(
      fc.property(anyHistory(12), (messages) => isMadeLegal(messages.map(fromNeutral))),
      { numRuns: 100 },
    )
  })

  it('become legal, whatever the messages', () => {
    fc.assert(fc.property(fc.array(message, { maxLength: 8 }), isMadeLegal), { numRuns: 100 })
  })
})
