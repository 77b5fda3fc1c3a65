import { toUIMessageStream as toStream7 } from '@ai-sdk/langchain'
import { toUIMessageStream as toStream6 } from '@ai-sdk/langchain-6'
import { SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { EverthreadSaver, withTurns } from '@everthread/langchain-adapter'
import { type Chat, createChat, graphAnswer } from '@everthread/vercel-ai-adapter'
import { tool } from '@langchain/core/tools'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { chunksIn, ID, submit, user } from '../chat/ground.ts'
import { scripted } from '../chat/scripted.ts'
import { majors } from '../majors.ts'
import { SpokenModel } from './spoken-model.ts'

const lookup = tool(({ topic }) => `all about ${topic}`, {
  name: 'lookup',
  description: 'Finds',
  schema: z.object({ topic: z.string() }),
})

function site(major: 6 | 7, model = new SpokenModel()) {
  const store = memoryStore()
  const sessions = new SessionManager({ store })
  const agent = new StateGraph(MessagesAnnotation)
    .addNode('agent', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode('tools', new ToolNode([lookup]))
    .addEdge('__start__', 'agent')
    .addConditionalEdges('agent', toolsCondition)
    .addEdge('tools', 'agent')
    .compile({ checkpointer: new EverthreadSaver({ store }) })
  const graph = withTurns(agent, { sessions })
  const errors: unknown[] = []
  const chat = createChat({ sessions, onError: (error) => errors.push(error) })
  const ask = async (body: object) => {
    const turn = await chat.begin(body, { owner: 'ada' })
    const response = await turn.response(async () => {
      const config = { configurable: { thread_id: turn.id }, signal: turn.signal }
      const run = await graph.stream({ messages: [] }, { ...config, streamMode: ['values', 'messages'] })
      return graphAnswer(run, major === 6 ? toStream6 : toStream7)
    })
    return { turn, response }
  }
  return { chat, ask, graph, model, errors, ai: scripted(major) }
}

const history = (chat: Chat) => chat.history(ID, { owner: 'ada' })

/** What of a message both the stream and the history say. */
const said = (message: unknown) => {
  const { id, parts } = message as { id: string; parts: Record<string, unknown>[] }
  const kept = parts.map(({ type, text, toolCallId, input, output }) => ({ type, text, toolCallId, input, output }))
  return { id, parts: kept }
}

describe.each([6, 7] as const)('a graph behind a chat, on ai %i', (major) => {
  it('answers over the same session, under the same ids, with its reasoning', async () => {
    const { chat, ask, ai, graph } = site(major)
    const streamed: unknown[] = []
    for (const topic of ['bikes', 'cars']) {
      const { turn, response } = await ask(submit(user(`u-${topic}`, topic)))
      streamed.push(await ai.readMessage(await chunksIn(response)))
      expect(await turn.ended).toBe('complete')
    }
    const stored = await history(chat)
    expect(stored.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
    expect(streamed.map(said)).toEqual([stored[1], stored[3]].map(said))
    expect(said(stored[1])).toMatchObject({ parts: [{}, { type: 'reasoning', text: 'I must look.' }, {}, {}, {}] })
    await majors.find((one) => one.major === major)?.validate(stored)
    const { values } = await graph.getState({ configurable: { thread_id: ID } })
    expect(values.messages).toHaveLength(8)
  })

  it('gives a repeated request the same answer, and asks no model again', async () => {
    const { ask, model } = site(major)
    const first = await chunksIn((await ask(submit(user('u1', 'bikes')))).response)
    const again = await ask(submit(user('u1', 'bikes')))
    expect(await chunksIn(again.response)).toEqual(first)
    expect(again.turn.repeated).toBe(true)
    expect(model.asked).toHaveLength(2)
  })

  it('gives another answer on a branch of its own', async () => {
    const { chat, ask, model } = site(major)
    await chunksIn((await ask(submit(user('u1', 'bikes')))).response)
    const [, first] = await history(chat)
    const again = await ask({ id: ID, trigger: 'regenerate-message', messageId: first?.id, messages: [] })
    await chunksIn(again.response)
    expect(await again.turn.ended).toBe('complete')
    expect((await history(chat)).map(({ id }) => id)).toEqual(['u1', 'said-3'])
    expect(model.asked[2]?.map(({ content }) => content)).toEqual(['bikes'])
  })

  it.each([1, 4, 6])('is stopped at its chunk %i, and the next turn runs', async (at) => {
    const reached = Promise.withResolvers<void>()
    const waits = async (chunk: number, signal?: AbortSignal): Promise<void> => {
      if (chunk !== at) return
      reached.resolve()
      await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    }
    const { chat, ask } = site(major, new SpokenModel(waits))
    const { turn, response } = await ask(submit(user('u1', 'bikes')))
    const chunks = chunksIn(response)
    await reached.promise
    const stopped = await chat.stop(ID, { owner: 'ada' })
    expect(await stopped.json()).toEqual({ stopped: true })
    await turn.ended.catch(() => undefined)
    expect((await chunks).at(-1)?.type).toMatch(/^(abort|error)$/)
    const next = await ask(submit(user('u2', 'cars')))
    await chunksIn(next.response)
    expect(await next.turn.ended).toBe('complete')
    expect((await history(chat)).at(-1)?.parts.at(-1)).toMatchObject({ text: 'It is all about cars' })
  })

  it('that fails tells the application why, and the client only that it did', async () => {
    const { ask, errors } = site(
      major,
      new SpokenModel((chunk) => {
        if (chunk === 5) throw new Error('The key sk-1 is wrong')
      }),
    )
    const { turn, response } = await ask(submit(user('u1', 'bikes')))
    const chunks = await chunksIn(response)
    expect(await turn.ended).toBe('failed')
    expect(chunks.at(-1)).toEqual({ type: 'error', errorText: 'An error occurred.' })
    expect(errors).toEqual([expect.objectContaining({ message: 'The key sk-1 is wrong' })])
  })
})

describe('graphAnswer', () => {
  it.each([
    ['no run', undefined, toStream7],
    ['no converter', [], undefined],
  ])('refuses %s', (_, run, convert) => {
    const give = graphAnswer as (run: unknown, convert: unknown) => unknown
    expect(() => give(run, convert)).toThrow(expect.objectContaining({ code: 'CHAT_SOURCE_INVALID' }))
  })
})
