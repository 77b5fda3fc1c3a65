import { SessionManager, type Store } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import {
  type Chunk,
  chunksIn,
  type Ground,
  ground,
  ID,
  submit,
  textIn,
  user,
} from '../../interop/ai-sdk/chat/ground.ts'
import { CHUNKS, points, WHOLE } from '../../interop/ai-sdk/chat/long-answer.ts'
import { isSound } from '../../interop/ai-sdk/chat/sound.ts'
import { openShared, shared } from '../turns/subjects.ts'
import { Server } from './server.ts'

const leaseMs = 3_000
const owner = 'ada'
const step = process.env.EVERTHREAD_SOAK ? 1 : 10

/** This process, beside the one that answers. */
function here(major: 6 | 7, store: Store, tenant: string): Ground {
  return ground(major, { sessions: new SessionManager({ store, tenant, lease: { ttlMs: leaseMs } }) })
}

/** The calls whose results a stream has told. */
const resultsIn = (chunks: readonly Chunk[]) => chunks.filter(({ type }) => type === 'tool-output-available')
const isDone = ({ state }: Chunk) => state === 'output-available'

describe.each(shared)('an answer of another process on $subject.name', (subject) => {
  const { store, where } = openShared(subject)

  it.each([6, 7] as const)('is resumed, repeated, stopped, and left behind by a kill, with ai %i', async (major) => {
    const server = new Server({ where, major, leaseMs })
    try {
      await resumesAndStops(here(major, store, `answers-${major}`), server, `answers-${major}`)
      const killed = await Promise.all(
        points(step).map(async (at) => ({ at, asked: await server.answer(`killed-${major}-${at}`, 'u1', at) })),
      )
      await server.kill()
      for (const { at, asked } of killed) await isKept(here(major, store, `killed-${major}-${at}`), major, asked.chunks)
    } finally {
      await server.kill()
    }
  })
})

async function resumesAndStops(place: Ground, server: Server, tenant: string): Promise<void> {
  const { chat, begin, answer, history } = place
  const first = await server.answer(tenant, 'u1', CHUNKS / 2)
  const known = first.chunks.length - 3
  const whole = await chat.resume(ID, { owner })
  const again = await begin(submit(user('u1', 'bikes')))
  expect(again.repeated).toBe(true)
  const repeat = await answer(again)
  const turn = whole.headers.get('x-everthread-place')?.slice(0, -'.0'.length)
  const late = await chat.resume(ID, { owner, after: `${turn}.${known}` })
  const resumed = Promise.all([whole, repeat, late].map(chunksIn))
  expect(await server.goOn(tenant)).toBe('complete')
  expect(await resumed).toEqual([first.chunks, first.chunks, first.chunks.slice(known)])
  expect(textIn((await history())[1] as never)).toBe(WHOLE)

  const second = await server.answer(tenant, 'u2', CHUNKS + CHUNKS / 2)
  const stopping = chat.resume(ID, { owner }).then(chunksIn)
  expect(await (await chat.stop(ID, { owner })).json()).toEqual({ stopped: true })
  expect(await second.outcome.promise).toBe('stopped')
  expect(await stopping).toEqual(second.chunks)
  const stopped = (await history()).at(-1)
  expect(stopped?.metadata).toEqual({ outcome: 'stopped' })
  expect(WHOLE.startsWith(textIn(stopped as never))).toBe(true)
  expect((await chat.resume(ID, { owner })).status).toBe(204)
  await isSound(place, place.ai.major)
}

/** What is left of an answer whose server was killed is sealed, has all that was acknowledged, and the chat goes on. */
async function isKept(place: Ground, major: 6 | 7, acknowledged: readonly Chunk[]): Promise<void> {
  const steps = acknowledged.findLastIndex(({ type }) => type === 'finish-step')
  const known = resultsIn(acknowledged.slice(0, steps)).length
  const response = await place.chat.resume(ID, { owner })
  // Who follows while the lease lives hears in the end that the answer was interrupted.
  if (response.status === 200) expect((await chunksIn(response)).at(-1)?.type).toBe('error')
  for (const when of ['before the next turn', 'after it']) {
    const [, answer] = await place.history()
    if (answer?.role === 'assistant') {
      expect(answer.metadata, when).toEqual({ outcome: 'stopped' })
      expect(answer.parts.filter(isDone).length).toBeGreaterThanOrEqual(known)
      expect(WHOLE.startsWith(textIn(answer))).toBe(true)
    } else expect(known).toBe(0)
    if (when === 'before the next turn') await isSound(place, major)
  }
}
