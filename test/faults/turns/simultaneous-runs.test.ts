import { EverthreadSaver } from '@everthread/langchain-adapter'
import { HumanMessage } from '@langchain/core/messages'
import { type BaseCheckpointSaver, MemorySaver } from '@langchain/langgraph-checkpoint'
import { describe, expect, it } from 'vitest'
import { postgresPeer } from '../../../bench/src/savers/postgres-peer.ts'
import { agentOn, textsOf } from './agent.ts'
import { startChild } from './child.ts'
import { report } from './report.ts'
import { openShared, shared } from './subjects.ts'

const PROCESSES = 3
const RUNS = 10
const thread = 'one thread'
const questions = (process: number): string[] => Array.from({ length: RUNS }, (_, run) => `question ${process}.${run}`)
const all = Array.from({ length: PROCESSES }, (_, process) => questions(process)).flat()

describe.each(shared)('30 simultaneous runs on one thread from 3 processes, on $subject.name', (subject) => {
  const { store, where } = openShared(subject)

  it('keep all 30 messages, and no two turns interleave', async () => {
    const children = Array.from({ length: PROCESSES }, (_, process) =>
      startChild('runs', { where, thread, questions: questions(process) }),
    )
    await Promise.all(children.map((child) => child.end()))
    const saver = new EverthreadSaver({ store })
    const { values } = await agentOn(saver).getState({ configurable: { thread_id: thread } })
    const texts = textsOf(values)
    report(`withTurns on ${subject.subject.name}: kept ${texts.filter((text) => all.includes(text)).length} of 30`)
    const asked = texts.filter((_, at) => at % 2 === 0)
    expect(asked.toSorted()).toEqual(all.toSorted())
    expect(texts).toEqual(asked.flatMap((question) => [question, `to ${question}`]))
  })
})

describe('the same on the official savers, in one process', () => {
  async function kept(saver: BaseCheckpointSaver): Promise<number> {
    const agent = agentOn(saver)
    const config = { configurable: { thread_id: thread } }
    await Promise.allSettled(all.map((question) => agent.invoke({ messages: [new HumanMessage(question)] }, config)))
    const { values } = await agent.getState(config)
    return textsOf(values).filter((text) => all.includes(text)).length
  }

  it('loses messages on MemorySaver', async () => {
    const count = await kept(new MemorySaver())
    report(`MemorySaver: kept ${count} of 30`)
    expect(count).toBeLessThan(all.length)
  })

  it('loses messages on PostgresSaver', async () => {
    process.env.POSTGRES_URL ??= process.env.EVERTHREAD_TEST_POSTGRES
    const { saver, close } = await postgresPeer.open('', 'official_peer')
    const count = await kept(saver)
    report(`PostgresSaver: kept ${count} of 30`)
    await close()
    expect(count).toBeLessThan(all.length)
  })
})
