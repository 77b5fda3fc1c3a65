import { ProcessScheduler, type SchedulerEvent, SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import { chunksIn, echo, ground, ID, submit, user } from './ground.ts'

describe.each([6, 7] as const)('a chat of ai %i on a scheduler', (major) => {
  it('passes on what the route says of a turn, and what its answer has spent', async () => {
    const degrade = () => ({ cost: 5, to: { model: 'small' } })
    const budgets = [{ per: 'user', tokens: 100, over: 'degrade', degrade }] as const
    const scheduler = new ProcessScheduler({ budgets: [...budgets] })
    const started: SchedulerEvent[] = []
    scheduler.on('started', (event) => started.push(event))
    const sessions = new SessionManager({ store: memoryStore(), scheduler })
    const { chat, answer } = ground(major, { sessions })
    const ask = async (text: string, cost: number, spends: number): Promise<unknown> => {
      const turn = await chat.begin(submit(user(text, text)), { owner: 'ada', priority: 'urgent', cost })
      turn.spent(spends)
      await chunksIn(await answer(turn, echo))
      await turn.ended
      return turn.degraded
    }
    expect(await ask('one', 90, 60)).toBeUndefined()
    expect(started[0]?.turn).toMatchObject({ sessionId: ID, priority: 'urgent', cost: { tokens: 90 } })
    expect(await ask('two', 90, 5)).toEqual({ model: 'small' })
    // A repeat asks no model, and counts nothing.
    expect(await ask('one', 5, 1_000)).toBeUndefined()
    await ask('three', 30, 30)
    expect(await ask('four', 6, 0)).toEqual({ model: 'small' })
  })
})
