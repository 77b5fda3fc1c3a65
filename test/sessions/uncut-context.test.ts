import { type NeutralMessage, SessionManager } from '@everthread/core'
import { type Lens, neutralLens, prune } from '@everthread/core/context'
import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'

const say = (at: number): NeutralMessage => ({
  id: `m${at}`,
  role: at % 2 === 0 ? 'user' : 'assistant',
  parts: [{ type: 'text', content: 'word '.repeat(20) }],
})

describe('a context that nothing was cut of', () => {
  it('is looked at where it is new, while the budget alone may cut it, and then cut as if nothing had been before', async () => {
    let reads = 0
    const lens: Lens<NeutralMessage> = {
      ...neutralLens,
      read(message) {
        reads++
        return neutralLens.read(message)
      },
    }
    const session = await new SessionManager({ store: memoryStore() }).asService('test').create()
    const history = Array.from({ length: 400 }, (_, at) => say(at))
    const build = async (budget: number) => {
      reads = 0
      return session.context.buildFrom(history, { lens, budget })
    }
    await build(50_000)
    const looks: number[] = []
    for (let round = 0; round < 40; round++) {
      history.push(say(history.length))
      const { messages, receipt } = await build(50_000)
      expect(messages).toEqual(history)
      expect(receipt.tokens.before).toBe(receipt.tokens.after)
      looks.push(reads)
    }
    expect(Math.max(...looks)).toBeLessThan(20)
    const cut = await build(5_000)
    const anew = prune(history, { lens: neutralLens, budget: 5_000 })
    expect(cut.messages).toEqual(anew.messages)
    expect(cut.receipt).toEqual(anew.receipt)
  })
})
