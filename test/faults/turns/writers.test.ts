import { SessionManager } from '@everthread/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scripts } from '../../../packages/core/src/stores/redis/scripts.ts'
import { redis } from '../../interop/subjects/redis.ts'
import { type FaultyProxy, startProxy } from '../proxy.ts'
import { startChild } from './child.ts'
import { report } from './report.ts'
import { openShared } from './subjects.ts'

const PROCESSES = 4
const WRITERS = 16
const MESSAGES = 20
const { 'read-n': read, 'commit-1': commit, 'stage-1': stage } = scripts
const awaited = new Set([read, commit, stage].flatMap(({ sha, text }) => [sha, text]))

const { store, where } = openShared({ file: 'redis', subject: redis })
let proxy: FaultyProxy

beforeAll(async () => {
  const { hostname, port } = new URL(process.env.EVERTHREAD_TEST_REDIS as string)
  proxy = await startProxy({ host: hostname, port: Number(port) })
})
afterAll(() => proxy.stop())

it('64 writers from 4 processes append 1,280 messages within 3 round trips each, and in their order', async () => {
  const writersOf = (process: number): string[] =>
    Array.from({ length: WRITERS }, (_, writer) => `writer ${process}.${writer}:`)
  const children = Array.from({ length: PROCESSES }, (_, process) =>
    startChild('writers', {
      where,
      id: 'log',
      writers: writersOf(process),
      messages: MESSAGES,
      url: proxy.url,
    }),
  )
  await Promise.all(children.map((child) => child.end()))
  const session = new SessionManager({ store }).asService().open('log')
  const texts = (await session.messages.list()).map(({ parts }) => String(parts[0]?.content))
  const trips = proxy.requests.filter(([, script = '']) => awaited.has(script)).length
  const total = PROCESSES * WRITERS * MESSAGES
  report(`${texts.length} of ${total} messages in ${trips} round trips, ${(trips / total).toFixed(2)} a message`)
  expect(texts).toHaveLength(total)
  for (const writer of Array.from({ length: PROCESSES }, (_, process) => writersOf(process)).flat()) {
    const own = texts.filter((text) => text.startsWith(writer))
    expect(own).toEqual(Array.from({ length: MESSAGES }, (_, at) => `${writer} ${at}`))
  }
  expect(trips).toBeLessThanOrEqual(3 * total)
})
