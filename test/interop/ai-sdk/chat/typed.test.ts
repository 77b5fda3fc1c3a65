import { memoryStore } from '@everthread/core/memory'
import { createChat, toContext } from '@everthread/vercel-ai-adapter'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'
import { expect, it } from 'vitest'

const message: ai7.UIMessage = {
  id: 'm1',
  role: 'user',
  parts: [
    { type: 'text', text: 'Look at this' },
    { type: 'file', url: 'data:text/plain;base64,SGk=', mediaType: 'text/plain' },
  ],
}

it('gives messages that are model messages of either major, by their type and as they are', async () => {
  const chat = createChat({ store: memoryStore() })
  await using turn = await chat.begin({ id: 'c1', messages: [message] }, { owner: null })
  const given = await turn.messages()
  const { messages: context } = await toContext([message])
  // No word is needed for a program to be right: this is what the checker of types has to say.
  const six: ai6.ModelMessage[] = [...given, ...context]
  const seven: ai7.ModelMessage[] = [...given, ...context]
  for (const one of six) expect(ai6.modelMessageSchema.parse(one)).toMatchObject({ role: 'user' })
  for (const one of seven) expect(ai7.modelMessageSchema.parse(one)).toMatchObject({ role: 'user' })
  expect(given).toEqual(context)
})
