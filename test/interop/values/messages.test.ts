import { type BaseMessage, RemoveMessage } from '@langchain/core/messages'
import { type Checkpoint, uuid6 } from '@langchain/langgraph-checkpoint'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { message } from '../../arbitraries/messages.ts'
import { memory } from '../subjects/memory.ts'
import { postgres } from '../subjects/postgres.ts'
import { redis } from '../subjects/redis.ts'
import { sqlite } from '../subjects/sqlite.ts'
import { Bench } from '../subjects/subject.ts'

const COUNT = 2_000

const given: BaseMessage[] = fc.sample(message, { numRuns: COUNT, seed: 2026 })

const version = { messages: 1 }

const checkpointOf = (messages: BaseMessage[]): Checkpoint => ({
  v: 4,
  id: uuid6(0),
  ts: new Date().toISOString(),
  channel_values: { messages },
  channel_versions: version,
  versions_seen: {},
})

function expectSame(back: unknown, messages: readonly BaseMessage[]): void {
  expect(back).toHaveLength(messages.length)
  for (const [i, message] of (back as BaseMessage[]).entries()) {
    const original = messages[i] as BaseMessage
    expect(Object.getPrototypeOf(message)).toBe(Object.getPrototypeOf(original))
    expect(message.id).toBe(original.id)
    expect(message).toStrictEqual(original)
    expect(message.lc_kwargs).toStrictEqual(original.lc_kwargs)
  }
}

describe.each([memory, sqlite, redis, postgres])(`${COUNT} messages of every class on $name`, (subject) => {
  const bench = new Bench(subject)

  it('read by another saver they are equal, of the same class, with the same ids', async () => {
    const config = { configurable: { thread_id: crypto.randomUUID(), checkpoint_ns: '' } }
    const metadata = { source: 'loop' as const, step: 1, parents: {} }
    const put = await bench.saver().put(config, checkpointOf(given), metadata, version)
    const other = bench.saver({ store: bench.open() })
    expectSame((await other.getTuple(put))?.checkpoint.channel_values.messages, given)
    for await (const { checkpoint } of other.list(config)) expectSame(checkpoint.channel_values.messages, given)
  })

  it('written by tasks and not yet in a checkpoint, they are the same, too', async () => {
    const config = { configurable: { thread_id: crypto.randomUUID(), checkpoint_ns: '' } }
    const metadata = { source: 'loop' as const, step: 1, parents: {} }
    const put = await bench.saver().put(config, checkpointOf([]), metadata, version)
    // A write gives an id to those that have none: the reducer would, too.
    const written = given.filter(({ id }) => id !== undefined).slice(0, 500)
    await bench.saver().putWrites(put, [['messages', written], ...written.slice(0, 50).map(one)], 'task')
    const tuple = await bench.saver({ store: bench.open() }).getTuple(put)
    const [list, ...single] = (tuple?.pendingWrites ?? []).map(([, , value]) => value)
    expectSame(list, written)
    expectSame(single, written.slice(0, 50))
  })
})

const one = (message: BaseMessage): [string, BaseMessage] => ['messages', message]

it(`the ${COUNT} messages are of every class`, () => {
  expect(new Set(given.map((message) => message.constructor.name)).size).toBeGreaterThanOrEqual(13)
  expect(given.some((message) => RemoveMessage.isInstance(message))).toBe(true)
})
