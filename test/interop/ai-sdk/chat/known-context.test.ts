import type { NeutralMessage } from '@everthread/core'
import { checkLegality } from '@everthread/core/context'
import { memoryStore } from '@everthread/core/memory'
import { fromNeutral, modelMessageLens, toNeutral } from '@everthread/vercel-ai-adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkChatOptions } from '../../../../packages/vercel-ai-adapter/src/chat/chat-options.ts'
import { LentMessages } from '../../../../packages/vercel-ai-adapter/src/chat/lent-messages.ts'
import { uiConversation } from '../../../arbitraries/ui-messages.ts'
import { echo, ground, submit, textIn, user } from './ground.ts'

const RUNS = process.env.EVERTHREAD_SOAK ? 2_000 : 60

/** A history by and by: more comes behind, one of its messages becomes another, its end goes. */
const growing = fc
  .record({
    all: uiConversation('any', 10),
    steps: fc.array(fc.record({ to: fc.nat(40), changed: fc.option(fc.nat(40)) }), { minLength: 2, maxLength: 6 }),
  })
  .map(({ all, steps }) => {
    const messages = toNeutral(all)
    return steps.map(({ to, changed }) => {
      if (changed !== null && messages[changed]) messages[changed] = structuredClone(messages[changed])
      return messages.slice(0, to)
    })
  })

describe('what a chat remembers of the messages that it holds', () => {
  it('is what it would make of them anew, and legal', async () => {
    await fc.assert(
      fc.asyncProperty(growing, async (histories) => {
        const settings = checkChatOptions({ store: memoryStore() })
        for (const history of histories) {
          expect(settings.memory.history(history)).toEqual(fromNeutral(history))
          const messages = await settings.memory.modelMessages(history, history, settings)
          expect(checkLegality(messages, { provider: 'any', lens: modelMessageLens })).toEqual([])
          const anew = await checkChatOptions({ store: memoryStore() }).memory.modelMessages(history, history, settings)
          expect(messages.map(({ role }) => role)).toEqual(anew.map(({ role }) => role))
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('is made of what is new: the rest are the same objects, and a tool reads its result once', async () => {
    let read = 0
    const tools = {
      lookup: { toModelOutput: ({ output }: { output: unknown }) => ({ type: 'text', value: `${output} ${++read}` }) },
    }
    const settings = checkChatOptions({ store: memoryStore(), tools })
    const part = { type: 'tool-lookup', toolCallId: 'c1', state: 'output-available', input: {}, output: 'found' }
    const history: NeutralMessage[] = toNeutral([
      user('u1', 'Look'),
      { id: 'a1', role: 'assistant', parts: [{ type: 'step-start' }, part] },
    ])
    const before = await settings.memory.modelMessages(history, history, settings)
    const longer = [...history, ...toNeutral([user('u2', 'And now?')])]
    const after = await settings.memory.modelMessages(longer, longer, settings)
    expect(after).toHaveLength(before.length + 1)
    for (const [at, message] of before.entries()) expect(after[at]).toBe(message)
    expect(read).toBe(1)
  })
})

describe('what a chat gives of it', () => {
  it('is the caller’s own: what becomes of it harms no later answer', async () => {
    const { begin, answer, history, ai } = ground(7)
    for (const id of ['u1', 'u2']) {
      const turn = await begin(submit(user(id, 'Hello')))
      const spoilt = await turn.messages()
      for (const message of spoilt) Object.assign((message.content as object[])[0] as object, { text: 'spoilt' })
      spoilt.length = 0
      await (await answer(turn)).text()
      await turn.ended
    }
    const [message] = await history()
    message?.parts.splice(0)
    expect((await history()).map(textIn)).toEqual(['Hello', 'You said: Hello', 'Hello', 'You said: Hello'])
    expect(JSON.stringify(ai.prompts)).not.toContain('spoilt')
  })

  it.each([
    ['little', 'As I put it'],
    ['much', 'As I put it, word by word. '.repeat(1_000)],
  ])('goes to the model as the caller has changed it, within the budget: %s', async (_, put) => {
    const { chat, ai } = ground(7, { budget: 2_000 })
    for (const id of ['u1', 'u2', 'u3']) {
      const turn = await chat.begin(submit(user(id, 'Hello')), { owner: 'ada' })
      const messages = await turn.messages()
      const { signal, prepareStep } = turn
      for (const message of messages) if (message.role === 'assistant') message.content = put
      await (await turn.response(ai.stream(echo, { messages, signal, prepareStep }))).text()
      await turn.ended
    }
    const last = JSON.stringify(ai.prompts.at(-1))
    if (put.length < 100) expect(last).toContain(put)
    else expect(last).not.toContain('You said')
    expect(last.length).toBeLessThan(12_000)
  })

  it('is copied whole, and told from what has been changed', () => {
    const original = {
      role: 'user',
      content: [
        { type: 'file', data: new URL('https://example.com/a.png'), mediaType: 'image/png' },
        { type: 'file', data: new Uint8Array([1, 2]), mediaType: 'image/png' },
        { type: 'tool-call', input: { deep: [{ list: [1, null, undefined] }] } },
      ],
    }
    const fresh = () => new LentMessages([original, { role: 'assistant', content: 'Yes' }])
    expect(fresh().copies).toEqual([original, { role: 'assistant', content: 'Yes' }])
    type Spoilt = [{ data: URL }, object, { input: { deep: unknown } | null }]
    const spoilers: ((parts: Spoilt) => unknown)[] = [
      ([file]) => Object.assign(file.data, { pathname: '/b.png' }),
      ([, , { input }]) => Object.assign(input ?? {}, { deep: [1, 2] }),
      ([, , { input }]) => Object.assign(input ?? {}, { deep: { length: 1 } }),
      ([, , { input }]) => Object.assign(input ?? {}, { more: 1 }),
      ([, , call]) => Object.assign(call, { input: null }),
      (parts) => parts.pop(),
    ]
    for (const spoil of spoilers) {
      const lent = fresh()
      spoil((lent.copies[0] as unknown as { content: Spoilt }).content)
      expect(lent.originalsOf(lent.copies)).toEqual(lent.copies)
      expect(lent.originalsOf(lent.copies)[0]).toBe(lent.copies[0])
    }
    expect(original.content[0]).toMatchObject({ data: new URL('https://example.com/a.png') })
  })
})
