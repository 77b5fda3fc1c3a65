import { SessionManager } from '@everthread/core'
import { EverthreadSaver, withTurns } from '@everthread/langchain-adapter'
import { HumanMessage } from '@langchain/core/messages'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { agentOn, textsOf } from './agent.ts'
import { openShared, shared } from './subjects.ts'

const HOUR = 3_600_000
const user = (content: string) => ({ role: 'user', parts: [{ type: 'text' as const, content }] })

/** The clock of this process jumps; those of the stores, and of other processes, do not. */
function jump(ms: number): void {
  vi.restoreAllMocks()
  const real = Date.now
  vi.spyOn(Date, 'now').mockImplementation(() => real() + ms)
}

describe.each(shared)("a client's clock that jumps an hour either way, on $subject.name", (subject) => {
  const { store } = openShared(subject)
  const newSession = (id: string) =>
    new SessionManager({ store, lease: { ttlMs: 1_000 } }).asService().open(`${subject.file} ${id}`)
  afterEach(() => void vi.restoreAllMocks())

  it('keeps the lease of the running turn, and the order of those who wait', async () => {
    const session = newSession('jumps')
    const order: string[] = []
    const jumped = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const running = session.turn(async (turn) => {
      turn.append(user('before'))
      await turn.checkpoint()
      begun.resolve()
      await jumped.promise
      turn.append(user('after'))
    })
    await begun.promise
    const waiting: Promise<void>[] = []
    for (const ms of [HOUR, -HOUR, 0]) {
      jump(ms)
      waiting.push(newSession('jumps').turn(() => void order.push(`came at ${ms}`)))
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    jumped.resolve()
    await Promise.all([running, ...waiting])
    expect(order).toEqual([HOUR, -HOUR, 0].map((ms) => `came at ${ms}`))
    const texts = (await session.messages.list()).map(({ parts }) => parts[0]?.content)
    expect(texts).toEqual(['before', 'after'])
  })

  it('keeps the runs of a graph in their order, though its checkpoint ids are made by that clock', async () => {
    const thread = { configurable: { thread_id: `${subject.file} graph` } }
    const agents = [0, HOUR, -HOUR, 0].map((ms) => ({
      ms,
      agent: withTurns(agentOn(new EverthreadSaver({ store })), { sessions: new SessionManager({ store }) }),
    }))
    for (const { ms, agent } of agents) {
      jump(ms)
      await agent.invoke({ messages: [new HumanMessage(`at ${ms}`)] }, thread)
    }
    const { values } = await agentOn(new EverthreadSaver({ store })).getState(thread)
    const expected = agents.flatMap(({ ms }) => [`at ${ms}`, `to at ${ms}`])
    expect(textsOf(values)).toEqual(expected)
  })

  it('dates turns by the store', async () => {
    const session = newSession('dates')
    jump(HOUR)
    let id = ''
    await session.turn((turn) => {
      id = turn.id
    })
    const record = await session.turnRecord(id)
    vi.restoreAllMocks()
    expect(Math.abs((record?.startedAt ?? 0) - Date.now())).toBeLessThan(HOUR / 2)
  })
})
