import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NeutralMessage, type Session, SessionManager, type Store } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'

const say = (id: string, content = id): NeutralMessage => ({ id, role: 'user', parts: [{ type: 'text', content }] })

/** The same session as three processes see it; the first one's reads are counted. */
async function seenByThree(): Promise<{ sessions: Session[]; reads: string[] }> {
  const store = memoryStore()
  const reads: string[] = []
  const counted: Store = {
    ...store,
    codec: store.codec,
    read(partition, asked, known) {
      reads.push(JSON.stringify(asked))
      return store.read(partition, asked, known)
    },
    commit: (...call) => store.commit(...call),
    drop: (partition) => store.drop(partition),
    query: (...call) => store.query(...call),
    watch: (...call) => store.watch(...call),
    close: () => store.close(),
  }
  const sessions: Session[] = []
  for (const one of [counted, store, store]) {
    sessions.push((await new SessionManager({ store: one }).asService('test').getOrCreate('s')).session)
  }
  return { sessions, reads }
}

describe('a history that this process has seen', () => {
  it('is gone on with: what a turn adds is not read again, and one trip shows that it still stands', async () => {
    const { sessions, reads } = await seenByThree()
    const [session] = sessions as [Session]
    await session.messages.append(Array.from({ length: 100 }, (_, at) => say(`m${at}`)))
    await session.messages.list()
    await session.turn(async (turn) => {
      const before = await turn.view()
      turn.append(say('new'))
      await turn.checkpoint()
      reads.length = 0
      const after = await turn.view()
      expect(reads).toHaveLength(1)
      expect(after).toHaveLength(101)
      expect(after[0]).toBe(before[0])
      await turn.view()
      expect(reads).toHaveLength(1)
    })
  })

  it('is read again where another process has added to it meanwhile', async () => {
    const { sessions } = await seenByThree()
    const [session, other] = sessions as [Session, Session]
    await session.messages.append(say('first'))
    await session.turn(async (turn) => {
      turn.append(say('ours'))
      await turn.checkpoint()
      await other.messages.append(say('theirs'))
      expect((await turn.messages()).map(({ id }) => id)).toEqual(['first', 'ours', 'theirs'])
    })
  })

  it('cannot be harmed by who was given it', async () => {
    const { sessions } = await seenByThree()
    const [session] = sessions as [Session]
    const given = say('a', 'as it was')
    const [stored] = await session.messages.append(given)
    const [listed] = await session.messages.list()
    for (const message of [given, stored, listed]) message?.parts.splice(0)
    expect(await session.messages.list()).toMatchObject([say('a', 'as it was')])
  })

  it('is the one that stands, whatever two processes do by turns', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const), id, content: fc.constantFrom('one', 'two') }),
      fc.record({ do: fc.constant('turn' as const), id, content: fc.constantFrom('three', 'four') }),
      fc.record({ do: fc.constant('fork' as const), id, content: fc.constant('') }),
      fc.record({ do: fc.constant('undo' as const), id, content: fc.constant('') }),
      fc.record({ do: fc.constant('reset' as const), id, content: fc.constant('') }),
    )
    const steps = fc.array(fc.record({ by: fc.nat(1), step }), { minLength: 4, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { sessions } = await seenByThree()
        const fresh = sessions[2] as Session
        for (const { by, step } of all) {
          const session = sessions[by] as Session
          const message = say(step.id, step.content)
          if (step.do === 'append') await session.messages.append(message)
          else if (step.do === 'undo') await session.undo()
          else if (step.do === 'reset') await session.reset()
          else if (step.do === 'fork') await forkAndGo(session, step.id)
          else
            await session.turn(async (turn) => {
              turn.append(message)
              await turn.checkpoint()
              turn.append(say(`${step.id}-answer`))
              await turn.checkpoint()
              expect(await turn.messages()).toEqual(await fresh.messages.list())
            })
          expect(await (sessions[0] as Session).messages.list()).toEqual(await fresh.messages.list())
        }
      }),
      { numRuns: process.env.EVERTHREAD_SOAK ? 500 : 25 },
    )
  })
})

async function forkAndGo(session: Session, from: string): Promise<void> {
  if (!(await session.messages.get(from))) return
  const { name } = await session.branches.fork({ from })
  await session.branches.switch(name)
}
