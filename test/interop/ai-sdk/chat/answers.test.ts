import { memoryStore } from '@everthread/core/memory'
import { createChat, type PlainUIMessage, toNeutral } from '@everthread/vercel-ai-adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Answer } from '../../../../packages/vercel-ai-adapter/src/chat/answer.ts'
import { recoverAnswer, rememberAnswer } from '../../../../packages/vercel-ai-adapter/src/chat/last-answer.ts'
import { chunksOf } from '../../../../packages/vercel-ai-adapter/src/chat/replay.ts'
import { uiConversation } from '../../../arbitraries/ui-messages.ts'
import { scripted } from './scripted.ts'

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe.each([6, 7] as const)('chunks with ai %i', (major) => {
  it('make the message that readUIMessageStream makes of them', async () => {
    const { readMessage } = scripted(major)
    await fc.assert(
      fc.asyncProperty(uiConversation(major), async (messages) => {
        for (const stored of messages.filter(({ role }) => role === 'assistant') as PlainUIMessage[]) {
          // Streams of ai 6 tell nothing of approvals that were given. The text makes it tell the message to its end.
          const known = stored.parts.filter(({ approval }) => major === 7 || approval === undefined)
          const message = { ...stored, parts: [...known, { type: 'text', text: 'The end' }] }
          // Streams of ai tell no names of files.
          const chunks = json([...chunksOf(message)].map(({ filename: _, ...chunk }) => chunk)) as { type: string }[]
          const answer = new Answer({ id: '', role: 'assistant', parts: [] })
          for (const chunk of chunks) answer.apply(chunk)
          expect(json({ ...answer.message, id: message.id })).toEqual(json(await readMessage(chunks)))
          expect(answer.outcome).toBe('complete')
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('an answer whose process died', () => {
  const stored: PlainUIMessage = {
    id: 'a',
    role: 'assistant',
    parts: [
      { type: 'step-start' },
      { type: 'text', text: 'Let me see' },
      { type: 'tool-lookup', toolCallId: 'c', state: 'input-available', input: {} },
    ],
  }

  it.each([
    ['a', { outcome: 'stopped' }],
    ['another', undefined],
  ])('is sealed when it was ours: %s', async (ours, metadata) => {
    const chat = createChat({ store: memoryStore() })
    const { session } = await chat.sessions.as({ userId: 'ada' }).getOrCreate('chat-1')
    await session.turn(async (turn) => {
      rememberAnswer(turn, { id: ours, turn: 'died', request: '', base: 0 })
      turn.append({ id: 'u', role: 'user', parts: [{ type: 'text', content: 'Hello' }] }, ...toNeutral([stored]))
    })
    await session.turn(recoverAnswer)
    const [, answer] = await chat.history('chat-1', { owner: 'ada' })
    expect(answer?.metadata).toEqual(metadata)
    expect(answer?.parts.at(-1)?.state).toBe(metadata ? 'output-error' : 'input-available')
  })

  it('is none when the user spoke last', async () => {
    const chat = createChat({ store: memoryStore() })
    const { session } = await chat.sessions.as({ userId: 'ada' }).getOrCreate('chat-1')
    await session.messages.append({ id: 'u', role: 'user', parts: [{ type: 'text', content: 'Hello' }] })
    await session.turn(recoverAnswer)
    expect(await chat.history('chat-1', { owner: 'ada' })).toHaveLength(1)
  })
})
