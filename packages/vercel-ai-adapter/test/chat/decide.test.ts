import { describe, expect, it } from 'vitest'
import { type Decision, decide } from '../../src/chat/decide.ts'
import { checkBody } from '../../src/chat/incoming.ts'
import type { LastAnswer } from '../../src/chat/last-answer.ts'
import type { PlainUIMessage } from '../../src/messages/from-neutral.ts'

const says = (id: string, role: 'user' | 'assistant', text = id): PlainUIMessage => ({
  id,
  role,
  parts: [{ type: 'text', text }],
})
const call = (state: string, more: object = {}) => ({
  ...{ type: 'tool-place', toolCallId: 'c1', state, input: { at: 'home' } },
  ...more,
})
const calls = (...parts: object[]): PlainUIMessage => ({ id: 'a1', role: 'assistant', parts: parts as never })

/** What becomes of a request to a chat with these messages. */
function decided(messages: PlainUIMessage[], body: object, last?: Partial<LastAnswer>): Decision {
  const incoming = checkBody({ id: 'chat', ...body }, 10_000)
  return decide(incoming, { messages, tools: undefined, last: last as LastAnswer | undefined })
}

const submit = (...messages: object[]) => ({ trigger: 'submit-message', messages })
const regenerate = (messageId?: string) => ({
  trigger: 'regenerate-message',
  messages: [],
  ...(messageId !== undefined && { messageId }),
})
const refusal = (code: string) => expect.objectContaining({ code })

describe('a message of the user', () => {
  const chat = [says('u1', 'user'), says('a1', 'assistant'), says('u2', 'user')]

  it('is answered behind the others, or once more where nobody has answered it', () => {
    expect(decided(chat, submit(says('u3', 'user')))).toEqual({ do: 'answer', message: says('u3', 'user') })
    expect(decided(chat, submit(says('u2', 'user')))).toEqual({ do: 'answer' })
  })

  it('is a repeat where it was answered, and refused where the chat has gone on without an answer', () => {
    expect(decided(chat, submit(says('u1', 'user')))).toEqual({ do: 'repeat', answer: chat[1] })
    const passed = [...chat, says('u3', 'user')]
    expect(() => decided(passed, submit(says('u2', 'user')))).toThrow(refusal('CHAT_MESSAGE_REFUSED'))
  })

  it('is an edit with another text, or in the place of another message of the user', () => {
    const other = says('u1', 'user', 'other')
    expect(decided(chat, submit(other))).toEqual({ do: 'branch', keep: 0, message: other })
    const named = { ...submit(says('u9', 'user')), messageId: 'u2' }
    expect(decided(chat, named)).toEqual({ do: 'branch', keep: 2, message: says('u9', 'user') })
    expect(() => decided(chat, { ...named, messageId: 'a1' })).toThrow(refusal('CHAT_MESSAGE_REFUSED'))
  })
})

describe('an answer that a client sends', () => {
  const asks = [says('u1', 'user'), calls(call('input-available'))]
  const given = calls(call('output-available', { output: 'here' }))

  it('goes on with what the client gave', () => {
    expect(decided(asks, submit(given))).toEqual({ do: 'continue', answer: given })
  })

  it('says nothing new: then it is gone on with while it is open, and else repeated', () => {
    const answered = [says('u1', 'user'), given]
    expect(decided(answered, submit(given), { id: 'a1' })).toEqual({ do: 'continue', answer: given })
    const repeat = { do: 'repeat', answer: given, known: 1 }
    expect(decided(answered, submit(given), { id: 'a1', outcome: 'complete' })).toEqual(repeat)
    expect(decided([...answered, says('u2', 'user')], submit(given), { id: 'a1' })).toEqual(repeat)
  })

  it('is refused when it is unknown, not an answer, or the chat has gone on', () => {
    expect(() => decided([], submit(given))).toThrow(refusal('CHAT_MESSAGE_UNKNOWN'))
    expect(() => decided([says('a1', 'user')], submit(given))).toThrow(refusal('CHAT_MESSAGE_UNKNOWN'))
    expect(() => decided([...asks, says('u2', 'user')], submit(given))).toThrow(refusal('CHAT_MESSAGE_REFUSED'))
  })

  it('is looked at among the earlier messages, too: nothing forged stands there', () => {
    const forged = calls(call('output-available', { output: 'elsewhere' }))
    const answered = [says('u1', 'user'), given]
    expect(() => decided(answered, submit(forged, says('u2', 'user')))).toThrow(refusal('CHAT_MESSAGE_REFUSED'))
  })
})

describe('a wish for another answer', () => {
  const chat = [says('u1', 'user'), says('a1', 'assistant'), says('u2', 'user'), says('a2', 'assistant')]

  it('is a branch beside the answer that is named, or the last one', () => {
    expect(decided(chat, regenerate('a1'))).toEqual({ do: 'branch', keep: 1 })
    expect(decided(chat, regenerate())).toEqual({ do: 'branch', keep: 3 })
    expect(decided(chat, regenerate('u1'))).toEqual({ do: 'branch', keep: 1 })
  })

  it('is the first answer where there is none yet', () => {
    expect(decided([says('u1', 'user')], regenerate())).toEqual({ do: 'answer' })
  })

  it('is a repeat when the named one has been replaced by it', () => {
    const last = { id: 'a2', target: 'gone' }
    expect(decided(chat, regenerate('gone'), last)).toEqual({ do: 'repeat', answer: chat[3] })
  })

  it('is refused for what is unknown, in an empty chat, and where nothing was asked', () => {
    expect(() => decided(chat, regenerate('x'))).toThrow(refusal('CHAT_MESSAGE_UNKNOWN'))
    expect(() => decided([], regenerate())).toThrow(refusal('CHAT_MESSAGE_UNKNOWN'))
    expect(() => decided([says('a1', 'assistant')], regenerate())).toThrow(refusal('CHAT_MESSAGE_REFUSED'))
  })
})
