import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import type { ChatOptions } from '../../src/chat/chat-options.ts'
import { createChat } from '../../src/chat/create-chat.ts'

const text = (...deltas: string[]): object[] => [
  { type: 'start-step' },
  { type: 'text-start', id: 't' },
  ...deltas.map((delta) => ({ type: 'text-delta', id: 't', delta })),
  { type: 'text-end', id: 't' },
]

/** Chunks as they are pulled, and what breaks them off. */
const stream = (chunks: object[], end?: () => void | Promise<void>) =>
  new ReadableStream<object>({
    async pull(controller) {
      const chunk = chunks.shift()
      if (chunk) return controller.enqueue(chunk)
      await end?.()
      controller.close()
    },
  })

async function asked(options: Partial<ChatOptions> = {}) {
  const errors: unknown[] = []
  const chat = createChat({ store: memoryStore(), onError: (error) => errors.push(error), ...options })
  const message = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }
  const turn = await chat.begin({ id: 'c', messages: [message] }, { owner: 'ada' })
  const answers = async () => (await chat.history('c', { owner: 'ada' })).slice(1)
  return { chat, turn, errors, answers }
}

describe('an answer from a stream of chunks', () => {
  it('is stored whole', async () => {
    const { turn, answers } = await asked()
    const response = await turn.response(stream([...text('Hi ', 'you'), { type: 'finish-step' }, { type: 'finish' }]))
    expect(await response.text()).toContain('"type":"finish"')
    expect(await turn.ended).toBe('complete')
    expect(await answers()).toMatchObject([{ parts: [{ type: 'step-start' }, { text: 'Hi you', state: 'done' }] }])
  })

  it('is stored as far as it came when the stream breaks, or ends without an end, and the application is told', async () => {
    const broken = new Error('The model is gone')
    for (const end of [() => Promise.reject(broken), undefined]) {
      const { turn, errors, answers } = await asked()
      const response = await turn.response(stream(text('Hi'), end))
      expect(await response.text()).toContain('"type":"error"')
      expect(await turn.ended).toBe('failed')
      expect(await answers()).toMatchObject([{ metadata: { outcome: 'failed' } }])
      expect(errors).toEqual(end ? [broken] : [])
    }
  })

  it('is sealed as stopped when somebody stops it, whatever the stream says of that', async () => {
    const { chat, turn, errors, answers } = await asked()
    const stopped = Promise.withResolvers<void>()
    const source = stream(text('Hi'), async () => {
      void chat.stop('c', { owner: 'ada' })
      await stopped.promise
    })
    turn.signal.addEventListener('abort', () => stopped.reject(new Error('Aborted')))
    const response = await turn.response(source)
    expect(await response.text()).toContain('"type":"abort"')
    expect(await turn.ended).toBe('stopped')
    expect(await answers()).toMatchObject([{ metadata: { outcome: 'stopped' } }])
    expect(errors).toEqual([])
  })

  it('stores nothing, and tells its client, when the chat is deleted meanwhile', async () => {
    const { chat, turn } = await asked()
    const source = stream([...text('Hi'), { type: 'finish-step' }, { type: 'finish' }], undefined)
    await (await chat.sessions.as({ userId: 'ada' }).get('c'))?.delete()
    const response = await turn.response(source)
    expect(await response.text()).toContain('"type":"error"')
    await expect(turn.ended).rejects.toMatchObject({ code: expect.stringMatching(/^(FENCED|SESSION_NOT_FOUND)$/) })
    expect(await chat.history('c', { owner: 'ada' })).toEqual([])
  })

  it('is refused when it is none', async () => {
    const { turn } = await asked()
    const response = await turn.response({} as never)
    expect(await response.text()).toContain('"type":"error"')
    await expect(turn.ended).rejects.toMatchObject({ code: 'CHAT_SOURCE_INVALID' })
  })
})
