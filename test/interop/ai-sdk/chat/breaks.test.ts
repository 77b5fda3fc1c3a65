import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { cases } from './cases.ts'
import { chunksIn, echo, submit, textIn, user } from './ground.ts'
import { held, long, points, WHOLE } from './long-answer.ts'
import type { Script } from './scripted.ts'
import { isSound } from './sound.ts'

describe.each(cases())('an answer of ai $major on $store that breaks off', ({ major, store, ground }) => {
  const step = store === 'memory' || process.env.EVERTHREAD_SOAK ? 1 : 8
  const chunk = step === 1 ? 'every chunk' : 'every eighth chunk'

  it(`at ${chunk}, by a client that leaves: is written to its end`, async () => {
    for (const at of points(step)) {
      const place = ground()
      const { script, reached, goOn } = held(at)
      const turn = await place.begin(submit(user('u1', 'bikes')))
      const response = await place.answer(turn, script)
      await reached
      await response.body?.cancel()
      goOn()
      expect(await turn.ended).toBe('complete')
      const [, answer] = await place.history()
      expect(textIn(answer as never)).toBe(WHOLE)
      expect(answer?.metadata).toBeUndefined()
      await isSound(place, major)
    }
  })

  it(`at ${chunk}, by a client that leaves: is stopped and sealed as far as it came`, async () => {
    for (const at of points(step)) {
      const place = ground({ onDisconnect: 'stop' })
      const { script, reached } = held(at)
      const turn = await place.begin(submit(user('u1', 'bikes')))
      const response = await place.answer(turn, script)
      await reached
      await response.body?.cancel()
      expect(await turn.ended).toBe('stopped')
      const [, answer] = await place.history()
      expect(WHOLE.startsWith(answer ? textIn(answer) : '')).toBe(true)
      if (answer) expect(answer.metadata).toEqual({ outcome: 'stopped' })
      await isSound(place, major)
    }
  })

  it('by another turn that takes its place: is sealed, and the other is answered', async () => {
    const place = ground({ onBusy: 'interrupt' })
    const { script, reached } = held(12)
    const turn = await place.begin(submit(user('u1', 'bikes')))
    const first = place.answer(turn, script).then(chunksIn)
    await reached
    await place.post(submit(user('u2', 'No, cars')))
    await first
    const stored = await place.history()
    expect(stored.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
    expect(stored[1]?.metadata).toEqual({ outcome: 'stopped' })
    await isSound(place, major)
  })

  it('by an error of the model: says so to the client and seals what came', async () => {
    const place = ground()
    const failing: Script = {
      reply: (asked, results) => {
        if (results === 1) throw new Error('The provider is gone')
        return long(asked, results)
      },
    }
    const chunks = await place.post(submit(user('u1', 'bikes')), failing)
    expect(chunks.some(({ type }) => type === 'error')).toBe(true)
    const [, answer] = await place.history()
    expect(answer?.metadata).toEqual({ outcome: 'failed' })
    expect(answer?.parts.some(({ state }) => state === 'output-available')).toBe(true)
    await isSound(place, major)
  })

  it('before it began, as nobody gives it: frees the chat', async () => {
    const place = ground({ answerWithin: 5 })
    const turn = await place.begin(submit(user('u1', 'bikes')))
    expect(await turn.ended).toBe('stopped')
    await expect(place.answer(turn)).rejects.toMatchObject({ code: 'CHAT_TURN_OVER' })
    await isSound(place, major)
  })

  it('before it began, as the route throws: frees the chat', async () => {
    const place = ground()
    const route = async () => {
      await using _turn = await place.begin(submit(user('u1', 'bikes')))
      throw new Error('No model')
    }
    await expect(route()).rejects.toThrow('No model')
    await isSound(place, major)
  })

  it('as what makes it throws: tells the client, and frees the chat', async () => {
    const place = ground()
    const turn = await place.begin(submit(user('u1', 'bikes')))
    const response = await turn.response(() => {
      throw new Error('No model')
    })
    expect((await chunksIn(response)).map(({ type }) => type)).toEqual(['error'])
    await expect(turn.ended).rejects.toThrow('No model')
    await isSound(place, major)
  })

  it.each(['finish', 'stop'] as const)('over HTTP, by a client that leaves: %s', async (onDisconnect) => {
    const place = ground({ onDisconnect })
    const { script, reached, goOn } = held(10)
    const ended = Promise.withResolvers<string>()
    const server = createServer(async (_, res) => {
      const turn = await place.begin(submit(user('u1', 'bikes')))
      const { signal, prepareStep } = turn
      const messages = await turn.messages()
      ended.resolve(await turn.pipe(place.ai.stream(script, { messages, signal, prepareStep }), res))
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const leave = new AbortController()
      const { port } = server.address() as AddressInfo
      const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', signal: leave.signal })
      expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1')
      await reached
      leave.abort()
      if (onDisconnect === 'finish') goOn()
      expect(await ended.promise).toBe(onDisconnect === 'finish' ? 'complete' : 'stopped')
    } finally {
      server.close()
    }
    await isSound(place, major)
  })

  it('over HTTP, by nobody: is read to its end', async () => {
    const place = ground()
    const server = createServer(async (_, res) => {
      const turn = await place.begin(submit(user('u1', 'bikes')))
      const messages = await turn.messages()
      await turn.pipe(() => place.ai.stream(echo, { messages }), res)
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      const chunks = await chunksIn(await fetch(`http://127.0.0.1:${port}`, { method: 'POST' }))
      expect(chunks.at(-1)?.type).toBe('finish')
    } finally {
      server.close()
    }
    await isSound(place, major)
  })
})
