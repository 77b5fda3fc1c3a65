import { describe, expect, it } from 'vitest'
import { cases } from './cases.ts'
import { echo, ID, submit, textIn, user } from './ground.ts'
import type { Script } from './scripted.ts'

const looksUp: Script = {
  reply: (asked, results) =>
    results < 2
      ? {
          reasoning: ['Let me ', 'see'],
          texts: [`Step ${results}`],
          call: { id: `c${results}`, tool: 'lookup', input: { topic: asked } },
        }
      : { texts: ['Now ', 'I know'] },
}
const withTool = (tool: string): Script => ({
  reply: (asked, results) =>
    results === 0 ? { call: { id: 'c1', tool, input: { topic: asked } } } : { texts: ['Thank you'] },
})

describe.each(cases())('a chat with ai $major on $store', ({ ground }) => {
  it('stores what was said and what was answered, and sends both with the next message', async () => {
    const { post, history, ai } = ground()
    await post(submit(user('u1', 'Hello')))
    await post(submit(user('u1', 'Hello'), user('u2', 'Again')))
    expect((await history()).map(textIn)).toEqual(['Hello', 'You said: Hello', 'Again', 'You said: Again'])
    expect(ai.prompts.at(-1)?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(ai.violations).toEqual([])
  })

  it('takes the last message alone, too', async () => {
    const { post, history } = ground()
    await post({ id: ID, message: user('u1', 'Hello') })
    expect((await history()).map(textIn)).toEqual(['Hello', 'You said: Hello'])
  })

  it('stores exactly the message that the client has made of the stream', async () => {
    const { post, history, ai } = ground()
    const chunks = await post(submit(user('u1', 'bikes')), looksUp)
    const [, answer] = await history()
    expect(answer).toEqual(JSON.parse(JSON.stringify(await ai.readMessage(chunks))))
    expect(answer?.parts.filter(({ state }) => state === 'output-available')).toHaveLength(2)
    expect(ai.violations).toEqual([])
  })

  it('answers a repeat with the stored answer, asks no model and stores nothing', async () => {
    const { post, history, ai } = ground()
    const body = submit(user('u1', 'bikes'))
    const chunks = await post(body, looksUp)
    const before = await history()
    const again = await post(body, looksUp)
    expect(await ai.readMessage(again)).toEqual(await ai.readMessage(chunks))
    expect(await history()).toEqual(before)
    expect(ai.prompts).toHaveLength(3)
  })

  it('asks no model in a repeat either when streamText is called before', async () => {
    const { begin, post, ai } = ground()
    await post(submit(user('u1', 'Hello')))
    const turn = await begin(submit(user('u1', 'Hello')))
    expect(turn.repeated).toBe(true)
    const result = ai.stream(echo, { messages: await turn.messages(), signal: turn.signal })
    await (await turn.response(result)).text()
    expect(ai.prompts).toHaveLength(1)
  })

  it('answers again beside the first answer, and once for each wish', async () => {
    const { post, history, chat } = ground()
    await post(submit(user('u1', 'Hello')))
    const [, first] = await history()
    const wish = { id: ID, trigger: 'regenerate-message', messageId: first?.id, messages: [user('u1', 'Hello')] }
    await post(wish, { reply: () => ({ texts: ['Otherwise'] }) })
    expect((await history()).map(textIn)).toEqual(['Hello', 'Otherwise'])
    await post(wish, { reply: () => ({ texts: ['A third'] }) })
    expect((await history()).map(textIn)).toEqual(['Hello', 'Otherwise'])
    expect((await chat.history(ID, { owner: 'ada', branch: 'main' })).map(textIn as never)).toEqual([
      'Hello',
      'You said: Hello',
    ])
  })

  it('branches at an edited message, be it the first', async () => {
    const { post, history, chat, ai } = ground()
    await post(submit(user('u1', 'One')))
    await post(submit(user('u2', 'Two')))
    await post({ ...submit(user('u2', 'Two, better')), messageId: 'u2' })
    expect((await history()).map(textIn)).toEqual(['One', 'You said: One', 'Two, better', 'You said: Two, better'])
    await post({ ...submit(user('u1', 'One, better')), messageId: 'u1' })
    expect((await history()).map(textIn)).toEqual(['One, better', 'You said: One, better'])
    const main = await chat.history(ID, { owner: 'ada', branch: 'main' })
    expect(main.map(textIn as never)).toEqual(['One', 'You said: One', 'Two', 'You said: Two'])
    expect(ai.violations).toEqual([])
  })

  it('goes on with an answer whose tool was approved, or refused', async () => {
    for (const approved of [true, false]) {
      const { post, history, ai } = ground()
      await post(submit(user('u1', 'Delete it')), withTool('confirm'))
      const [, asked] = await history()
      const parts = asked?.parts.map((part) =>
        part.state === 'approval-requested'
          ? { ...part, state: 'approval-responded', approval: { ...(part.approval as object), approved } }
          : part,
      )
      await post(submit({ ...asked, parts }), withTool('confirm'))
      const [, answer, ...more] = await history()
      expect(more).toEqual([])
      expect(answer?.id).toBe(asked?.id)
      // ai 6 tells the client nothing more of a call that was refused.
      const states = approved ? ['output-available'] : ['output-denied', 'approval-responded']
      expect(states).toContain(answer?.parts.find(({ type }) => type === 'tool-confirm')?.state)
      expect(textIn(answer as never)).toBe('Thank you')
      expect(ai.violations).toEqual([])
    }
  })

  it('takes the result of a tool that runs at the client', async () => {
    const { post, history, ai } = ground({ tools: { place: {}, lookup: { execute: () => {} } as never } })
    await post(submit(user('u1', 'Where am I')), withTool('place'))
    const [, asked] = await history()
    const parts = asked?.parts.map((part) =>
      part.state === 'input-available' ? { ...part, state: 'output-available', output: 'Vienna' } : part,
    )
    await post(submit({ ...asked, parts }), withTool('place'))
    const [, answer] = await history()
    expect(answer?.parts.find(({ type }) => type === 'tool-place')?.output).toBe('Vienna')
    expect(JSON.stringify(ai.prompts.at(-1))).toContain('Vienna')
    expect(ai.violations).toEqual([])
  })

  it('keeps to the budget', async () => {
    const { post, ai } = ground({ budget: 300 })
    const long = 'many words that make it long '.repeat(20)
    for (let n = 1; n <= 6; n++) await post(submit(user(`u${n}`, `${n} ${long}`)))
    expect(JSON.stringify(ai.prompts.at(-1)).length).toBeLessThan(2_500)
    expect(JSON.stringify(ai.prompts.at(-1))).toContain('6 many')
    expect(ai.violations).toEqual([])
  })

  it('keeps the messages of two tabs that send at once, in one history that both of them see', async () => {
    const rounds = process.env.EVERTHREAD_SOAK ? 200 : 10
    const { chat, post, history, ai } = ground()
    let seen = await history()
    for (let round = 0; round < rounds; round++) {
      await Promise.all(['a', 'b'].map((tab) => post(submit(...seen, user(`${tab}${round}`, `${tab} ${round}`)))))
      const [a, b] = await Promise.all([history(), history()])
      expect(a).toHaveLength((round + 1) * 4)
      expect(b).toEqual(a)
      seen = a as typeof seen
    }
    const texts = seen.map(textIn)
    for (let round = 0; round < rounds; round++) {
      for (const tab of ['a', 'b']) {
        const at = texts.indexOf(`${tab} ${round}`)
        expect(texts[at + 1]).toBe(`You said: ${tab} ${round}`)
      }
    }
    // Nothing stands beside it, on a branch that nobody asked for.
    expect(await chat.siblings(ID, { owner: 'ada' })).toEqual({})
    expect(ai.violations).toEqual([])
  })

  it('shows others nothing of it, and lets them say nothing', async () => {
    const { post, history } = ground()
    await post(submit(user('u1', 'Hello')))
    expect(await history('bob')).toEqual([])
    await expect(post(submit(user('u2', 'Hi')), echo, 'bob')).rejects.toMatchObject({ code: 'SESSION_EXISTS' })
    expect(await history()).toHaveLength(2)
  })

  it('shows a page of the history', async () => {
    const { post, chat } = ground()
    for (const n of [1, 2, 3]) await post(submit(user(`u${n}`, `${n}`)))
    const page = await chat.history(ID, { owner: 'ada', limit: 2, before: 'u3' })
    expect(page.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(page[0]?.id).toBe('u2')
    await expect(chat.history(ID, { owner: 'ada', before: 'x' })).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' })
    await expect(chat.history(ID, { owner: 'ada', limit: -1 })).rejects.toMatchObject({ code: 'LIST_INVALID' })
  })
})
