import { EverthreadError, runCommand, SessionManager } from '@everthread/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt, nasty, nearly, WatchedStore } from '../arbitraries/bad-input.ts'
import { turnCalls } from '../arbitraries/session-arguments.ts'

const runs = process.env.EVERTHREAD_SOAK ? 2_000 : 100

const good = { role: 'user', parts: [{ type: 'text' as const, content: 'good' }] }

async function fresh() {
  const store = new WatchedStore()
  const session = await new SessionManager({ store }).as({ userId: 'ada' }).create({ id: 'one' })
  await session.messages.append([
    { ...good, id: 'a' },
    { ...good, id: 'b' },
  ])
  return { store, session }
}

describe('bad input', () => {
  it('to a turn is refused by an error of ours that changes nothing; the turn lands whole, or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(turnCalls, { minLength: 1, maxLength: 3 }), async (calls) => {
        const { store, session } = await fresh()
        const before = [await session.messages.list(), await session.data.all()]
        let stepped = false
        const turn = session.turn(async (turn) => {
          // What is sent lands by itself, soon after: a call that is refused then has not changed that.
          const sent = calls.filter(({ method }) => method === 'send').slice(0, 1)
          for (const { on, method, args } of [...calls.filter((call) => call.method !== 'send'), ...sent]) {
            stepped ||= method === 'branch' || method === 'checkpoint' || method === 'messages'
            const object = (on === 'turn' ? turn : turn.data) as unknown as Record<
              string,
              (...args: unknown[]) => unknown
            >
            await attempt(() => object[method]?.(...args), store)
          }
          turn.append({ ...good, id: 'last' })
        })
        const failure: unknown = await turn.then(
          () => undefined,
          (error: unknown) => error,
        )
        const now = [await session.messages.list(), await session.data.all()]
        if (failure === undefined) expect((await session.messages.list()).at(-1)?.id).toBe('last')
        else {
          if (!EverthreadError.isInstance(failure)) throw failure
          if (!stepped) expect(now).toEqual(before)
        }
        expect(await session.turn(() => 'free')).toBe('free')
      }),
      { numRuns: runs },
    )
  })

  it('to commands is refused, or is an ordinary message', async () => {
    const text = fc.oneof(
      nasty,
      fc.constantFrom('/reset', '/fork', '/title', '/export', '/branches', '/compact', '/'),
      fc.string().map((rest) => `/fork ${rest}`),
    )
    const options = nearly({ compact: nasty.filter((value) => typeof value !== 'function'), context: nasty })
    await fc.assert(
      fc.asyncProperty(fc.boolean(), nasty, text, options, async (isSession, other, given, with_) => {
        const { store, session } = await fresh()
        await attempt(() => runCommand((isSession ? session : other) as never, given as never, with_ as never), store)
      }),
      { numRuns: runs },
    )
  })
})
