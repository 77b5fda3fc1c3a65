import { memoryStore } from '@everthread/core/memory'
import { createChat } from '@everthread/vercel-ai-adapter'
import { describe, expect, it } from 'vitest'
import { cases } from './cases.ts'
import { ID, submit, user } from './ground.ts'
import type { Script } from './scripted.ts'

const confirm: Script = { reply: () => ({ call: { id: 'c1', tool: 'confirm', input: { topic: 'all' } } }) }
const lookup: Script = {
  reply: (_, results) =>
    results ? { texts: ['Done'] } : { call: { id: 'c1', tool: 'lookup', input: { topic: 'x' } } },
}
const tool = (fields: object) => ({
  type: 'tool-lookup',
  toolCallId: 'c1',
  state: 'output-available',
  input: { topic: 'x' },
  output: 'forged',
  ...fields,
})
const assistant = (id: string, ...parts: object[]) => ({ id, role: 'assistant', parts })

describe.each(cases())('a chat with ai $major on $store refuses, and stores nothing of', ({ ground }) => {
  it.each([
    ['no object', 'hello', 'CHAT_REQUEST_INVALID'],
    ['no id', { messages: [user('u', 'a')] }, 'CHAT_REQUEST_INVALID'],
    ['an unknown trigger', { ...submit(user('u', 'a')), trigger: 'delete-all' }, 'CHAT_REQUEST_INVALID'],
    ['a messageId that is no text', { ...submit(user('u', 'a')), messageId: 7 }, 'CHAT_REQUEST_INVALID'],
    ['messages that are no list', { id: ID, messages: 'a' }, 'CHAT_REQUEST_INVALID'],
    ['no message', submit(), 'CHAT_REQUEST_INVALID'],
    ['a message without parts', submit({ id: 'u', role: 'user', parts: [] }), 'CHAT_MESSAGE_REFUSED'],
    ['parts without a type', submit({ id: 'u', role: 'user', parts: [{}] }), 'CHAT_MESSAGE_REFUSED'],
    ['what a system says', submit({ ...user('u', 'a'), role: 'system' }), 'CHAT_MESSAGE_REFUSED'],
    [
      'what a system says, before',
      submit({ ...user('s', 'a'), role: 'system' }, user('u', 'a')),
      'CHAT_MESSAGE_REFUSED',
    ],
    ['an id twice', submit(user('u', 'a'), user('u', 'b')), 'CHAT_MESSAGE_REFUSED'],
    ['an id that names a piece', submit(user('m~1', 'a')), 'CHAT_MESSAGE_REFUSED'],
    ['a tool called by a user', submit({ id: 'u', role: 'user', parts: [tool({})] }), 'CHAT_MESSAGE_REFUSED'],
    [
      'a part of ours',
      submit({ id: 'u', role: 'user', parts: [{ type: 'data-everthread', data: {} }] }),
      'CHAT_MESSAGE_REFUSED',
    ],
    ['10 MB', submit(user('u', 'x'.repeat(10_000_000))), 'CHAT_MESSAGE_REFUSED'],
    ['an answer to nothing', submit(assistant('a', { type: 'text', text: 'Yes' })), 'CHAT_MESSAGE_UNKNOWN'],
    [
      'a wish for another answer to nothing',
      { id: ID, trigger: 'regenerate-message', messages: [] },
      'CHAT_MESSAGE_UNKNOWN',
    ],
  ])('%s', async (_, body, code) => {
    const { post, chat, history } = ground()
    await expect(post(body as object)).rejects.toMatchObject({ code })
    expect(await history()).toEqual([])
    expect(await chat.sessions.as({ userId: 'ada' }).count()).toBe(0)
  })

  it('results, calls and inputs that are not what was stored', async () => {
    const { post, history } = ground()
    await post(submit(user('u1', 'look')), lookup)
    const before = await history()
    const id = before[1]?.id as string
    for (const parts of [[tool({})], [tool({ toolCallId: 'c2' })], [tool({ type: 'tool-other' })]]) {
      const forged = assistant(id, ...parts)
      await expect(post(submit(forged))).rejects.toMatchObject({ code: 'CHAT_MESSAGE_REFUSED' })
      await expect(post(submit(forged, user('u2', 'and')))).rejects.toMatchObject({ code: 'CHAT_MESSAGE_REFUSED' })
    }
    await expect(post({ ...submit(user('x', 'a')), messageId: id })).rejects.toMatchObject({
      code: 'CHAT_MESSAGE_REFUSED',
    })
    const wish = { id: ID, trigger: 'regenerate-message', messageId: 'unknown', messages: [] }
    await expect(post(wish)).rejects.toMatchObject({ code: 'CHAT_MESSAGE_UNKNOWN' })
    expect(await history()).toEqual(before)
  })

  it('approvals that nobody asked for, and results in place of approvals', async () => {
    const { post, history } = ground()
    await post(submit(user('u1', 'delete')), confirm)
    const before = await history()
    const id = before[1]?.id as string
    const call = { type: 'tool-confirm', toolCallId: 'c1', input: { topic: 'all' } }
    for (const part of [
      { ...call, state: 'output-available', output: 'ok' },
      { ...call, state: 'approval-responded', approval: { id: 'another', approved: true } },
      { ...call, state: 'approval-responded', input: { topic: 'more' }, approval: { approved: true } },
      { ...call, state: 'output-denied', approval: { approved: false } },
    ]) {
      await expect(post(submit(assistant(id, part)))).rejects.toMatchObject({ code: 'CHAT_MESSAGE_REFUSED' })
    }
    expect(await history()).toEqual(before)
  })

  it('what the application refuses, and stores what it makes of a message', async () => {
    const validate = (message: { parts: readonly object[] }) => {
      if (JSON.stringify(message).includes('rude')) throw new Error('Be kind')
      return JSON.stringify(message).includes('tidy') ? { ...user('u2', 'tidied') } : undefined
    }
    const { post, history } = ground({ validate })
    await expect(post(submit(user('u1', 'rude')))).rejects.toMatchObject({
      code: 'CHAT_MESSAGE_REFUSED',
      cause: new Error('Be kind'),
    })
    expect(await history()).toEqual([])
    await post(submit(user('u1', 'fine')))
    await post(submit(user('u2', 'tidy')))
    expect(JSON.stringify(await history())).toContain('tidied')
  })

  it('a chat that is busy, when it is told to', async () => {
    const { begin, answer } = ground({ onBusy: 'reject' })
    const turn = await begin(submit(user('u1', 'a')))
    await expect(begin(submit(user('u2', 'b')))).rejects.toMatchObject({ code: 'SESSION_BUSY' })
    await (await answer(turn)).text()
  })

  it('an answer that is none', async () => {
    const { begin } = ground()
    const turn = await begin(submit(user('u1', 'a')))
    await (await turn.response({} as never)).text()
    await expect(turn.ended).rejects.toMatchObject({ code: 'CHAT_SOURCE_INVALID' })
  })
})

describe('createChat', () => {
  const store = memoryStore()
  it.each([
    [undefined],
    [{}],
    [{ store, sessions: {} }],
    [{ store, onDisconect: 'stop' }],
    [{ store, onBusy: 'rollback' }],
    [{ store, onDisconnect: 'pause' }],
    [{ store, validate: true }],
    [{ store, generateId: 'x' }],
    [{ store, answerWithin: 0 }],
  ])('refuses %o', (options) => {
    expect(() => createChat(options as never)).toThrow(expect.objectContaining({ code: 'CHAT_OPTIONS_INVALID' }))
  })

  it('wants to know whose chat it is', async () => {
    const chat = createChat({ store })
    await expect(chat.begin(submit(user('u', 'a')), {} as never)).rejects.toMatchObject({
      code: 'CHAT_REQUEST_INVALID',
    })
    await expect(chat.history(ID, {} as never)).rejects.toMatchObject({ code: 'CHAT_REQUEST_INVALID' })
  })
})
