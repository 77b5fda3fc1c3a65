import { describe, expect, it, vi } from 'vitest'
import { cases } from './cases.ts'
import { type Chunk, ID, submit, textIn, user } from './ground.ts'
import { held } from './long-answer.ts'

const owner = 'ada'
const says = (text: string) => ({ reply: () => ({ texts: [text] }) })

describe.each(cases())('chats with ai $major on $store', ({ ground }) => {
  it('are listed with their titles, to their owner alone', async () => {
    const { post, chat } = ground()
    const asks = (id: string, text: string) => ({ ...submit(user('u1', text)), id })
    await post(asks('one', 'How do I fix a puncture?'))
    await post(asks('two', 'Where is the pump?'))
    await post(asks('of bob', 'Mine'), undefined, 'bob')
    const titles = await vi.waitFor(async () => {
      const { chats } = await chat.list({ owner })
      expect(chats.every(({ title }) => title !== undefined)).toBe(true)
      return chats.map(({ id, title }) => [id, title])
    })
    expect(titles).toEqual([
      ['two', 'Where is the pump?'],
      ['one', 'How do I fix a puncture?'],
    ])
    const first = await chat.list({ owner, limit: 1 })
    const cursor = first.cursor as string
    expect((await chat.list({ owner, limit: 1, cursor })).chats.map(({ id }) => id)).toEqual(['one'])
    expect((await chat.list({ owner: null })).chats).toEqual([])
    await expect(chat.list({} as never)).rejects.toMatchObject({ code: 'CHAT_REQUEST_INVALID' })
  })

  it('get the title that a model makes, and keep it; or none', async () => {
    const titles = vi.fn(() => 'About bikes')
    const { post, chat } = ground({ titles })
    await post(submit(user('u1', 'Hello')))
    await vi.waitFor(async () => expect((await chat.list({ owner })).chats[0]?.title).toBe('About bikes'))
    await post(submit(user('u2', 'Again')))
    expect(titles).toHaveBeenCalledOnce()
    const without = ground({ titles: false })
    await without.post(submit(user('u1', 'Hello')))
    await without.post(submit(user('u2', 'Again')))
    expect((await without.chat.list({ owner })).chats[0]?.title).toBeUndefined()
  })

  it('know the edits of a message and the answers to one, and show another', async () => {
    const { post, chat, history } = ground()
    await post(submit(user('u1', 'One')), says('first'))
    const [, first] = await history()
    const again = { id: ID, trigger: 'regenerate-message', messageId: first?.id, messages: [user('u1', 'One')] }
    await post(again, says('second'))
    await post(submit(user('u2', 'Two')), says('on'))
    await post({ ...submit(user('u2', 'Two, better')), messageId: 'u2' }, says('better'))
    const [, answer] = await history()
    const siblings = await chat.siblings(ID, { owner })
    expect(Object.keys(siblings)).toEqual([answer?.id, 'u2'])
    expect(siblings.u2?.map(({ id, current }) => [id, current])).toEqual([
      ['u2', false],
      ['u2', true],
    ])
    const answers = siblings[answer?.id as string]
    expect(answers?.map(({ id, current }) => [id, current])).toEqual([
      [first?.id, false],
      [answer?.id, true],
    ])
    await chat.show(ID, { owner, branch: siblings.u2?.[0]?.branch as string })
    expect((await history()).map(textIn)).toEqual(['One', 'second', 'Two', 'on'])
    await chat.show(ID, { owner, branch: answers?.[0]?.branch as string })
    expect((await history()).map(textIn)).toEqual(['One', 'first'])
    await post(submit(user('u3', 'Three')), says('there'))
    expect((await history()).map(textIn)).toEqual(['One', 'first', 'Three', 'there'])
    expect((await chat.siblings(ID, { owner }))[first?.id as string]?.map(({ current }) => current)).toEqual([
      true,
      false,
    ])
    expect(await chat.siblings(ID, { owner: 'bob' })).toEqual({})
    await expect(chat.show(ID, { owner: 'bob', branch: 'main' })).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
    await expect(chat.show(ID, { owner, branch: 'none' })).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND' })
  })

  it('show another branch after the answer under way, which stays where it belongs', async () => {
    const { begin, answer, post, history, chat } = ground({ onBusy: 'interrupt' })
    await post(submit(user('u1', 'One')))
    await post({ ...submit(user('u1', 'One, better')), messageId: 'u1' })
    const { script, reached, goOn } = held(20, (asked, results) =>
      results === 0 ? { texts: Array.from({ length: 30 }, () => asked) } : {},
    )
    const turn = await begin(submit(user('u2', 'Two')))
    const live = await answer(turn, script)
    await reached
    const shown = chat.show(ID, { owner, branch: 'main' })
    goOn()
    await live.text()
    await shown
    expect(await turn.ended).toBe('complete')
    expect((await history()).map(textIn)).toEqual(['One', 'You said: One'])
    const other = (await chat.siblings(ID, { owner })).u1?.find(({ current }) => !current)
    const messages = (await chat.history(ID, { owner, branch: other?.branch as string })) as { parts: Chunk[] }[]
    expect(messages.map(textIn)).toEqual(['One, better', 'You said: One, better', 'Two', 'Two'.repeat(30)])
  })
})
