import { describe, expect, it } from 'vitest'
import { checkLegality, type Lens, type Provider, repair } from '../../src/context/index.ts'
import { neutralLens } from '../../src/context/lenses/neutral.ts'
import type { NeutralMessage } from '../../src/index.ts'
import { assistant, calls, result, step, system, texts, thought, user } from './conversation.ts'

function rules(messages: NeutralMessage[], provider: Provider): [string, number][] {
  return checkLegality(messages, provider).map(({ rule, at }) => [rule, at])
}

describe('checkLegality', () => {
  it('takes a bare provider or options, and says rule, place and words', () => {
    const broken = [user('hi'), calls({ id: 'a', name: 'pay' })]
    const expected = [
      {
        rule: 'call-without-result',
        providers: ['openai'],
        at: 1,
        part: 0,
        words: expect.stringContaining('pay (a)'),
      },
    ]
    expect(checkLegality(broken, 'openai')).toEqual(expected)
    expect(checkLegality(broken, { provider: 'openai', lens: neutralLens })).toEqual(expected)
  })

  it('names everyone who refuses, of those that were asked', () => {
    const violations = checkLegality([assistant('hello'), user('hi')], 'any')
    expect(violations).toMatchObject([{ rule: 'first-role', providers: ['anthropic', 'gemini'] }])
  })

  it.each(['openai', 'anthropic', 'gemini', 'any'] as const)(
    'finds nothing in a good conversation for %s',
    (provider) => {
      const good = [system('be kind'), user('hi'), calls({ id: 'a' }, { id: 'b' }), result('b', 'x'), result('a', 'y')]
      expect(rules([...good, assistant('done', thought('hm', { signature: 's' }))], provider)).toEqual([])
      expect(rules([], provider)).toEqual([])
    },
  )

  it('wants every parallel call answered, with its id, before anything else is said', () => {
    const half = [user('hi'), calls({ id: 'a' }, { id: 'b' }), result('a', 'x'), user('and?'), result('b', 'late')]
    expect(rules(half, 'openai')).toEqual([
      ['call-without-result', 1],
      ['result-without-call', 4],
    ])
    expect(rules([user('hi'), calls({ id: 'a' }), result('b', 'x')], 'openai')).toEqual([
      ['call-without-result', 1],
      ['result-without-call', 2],
    ])
  })

  it('wants a result for a call without an id too, and takes one in its order', () => {
    expect(rules([user('hi'), calls({}, {}), result(undefined, 'x')], 'gemini')).toEqual([['call-without-result', 1]])
    expect(rules([user('hi'), calls({}, {}), result(undefined, 'x'), result(undefined, 'y')], 'gemini')).toEqual([])
  })

  it('lets an open approval wait at the end, and nowhere else', () => {
    const waiting = [user('pay'), calls({ id: 'a', approval: { id: 'ask' } })]
    expect(rules(waiting, 'any')).toEqual([])
    expect(rules([...waiting, user('well?')], 'any')).toEqual([['call-without-result', 1]])
  })

  it('takes what the provider ran itself with its result in the same message', () => {
    const call = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }
    const found = { type: 'web_search_tool_result', tool_use_id: 's', content: [] }
    expect(rules([user('hi'), assistant('so', call, found)], 'any')).toEqual([])
    expect(rules([user('hi'), assistant('so', call), user('and?')], 'anthropic')).toEqual([['call-without-result', 1]])
    expect(rules([user('hi'), assistant('so', call), user('and?'), assistant('x', found)], 'openai')).toEqual([
      ['result-without-call', 3],
    ])
  })

  it('refuses empty messages of anyone, and single empty texts for Anthropic', () => {
    const empty: NeutralMessage = { role: 'assistant', parts: [] }
    expect(rules([user('hi'), empty, user(' ')], 'openai')).toEqual([
      ['empty-content', 1],
      ['empty-content', 2],
    ])
    const blank = [
      user('hi'),
      { ...calls({ id: 'a' }), parts: [{ type: 'text', content: '' }, ...calls({ id: 'a' }).parts] },
    ]
    expect(rules([...blank, result('a', 'x')], 'anthropic')).toEqual([['empty-content', 1]])
    expect(rules([...blank, result('a', 'x')], 'openai')).toEqual([])
    expect(rules([user('hi'), ...step('a', '')], 'openai')).toEqual([['empty-content', 2]])
  })

  it('refuses reasoning that leads to nothing', () => {
    const alone: NeutralMessage = { role: 'assistant', parts: [thought('hm')] }
    expect(rules([user('hi'), alone, user('well?')], 'openai')).toEqual([['orphaned-reasoning', 1]])
    expect(rules([user('hi'), alone, assistant('yes')], 'openai')).toEqual([['same-role-run', 2]])
  })

  it('refuses reasoning that was changed, when it knows the original', () => {
    const signed = (text: string) => [user('hi'), assistant('so', thought(text, { signature: 's' }))]
    const compare = (now: NeutralMessage[]) => checkLegality(now, { provider: 'anthropic', original: signed('hm') })
    expect(compare(signed('hm'))).toEqual([])
    expect(compare(signed('edited'))).toMatchObject([{ rule: 'changed-reasoning', at: 1 }])
    expect(compare([user('hi'), assistant('so')])).toMatchObject([{ rule: 'changed-reasoning' }])
    expect(checkLegality(signed('edited'), { provider: 'openai', original: signed('hm') })).toEqual([])
  })

  it('refuses late system messages and users in a row for Anthropic, any role in a row for Gemini', () => {
    const talk = [user('a'), user('b'), assistant('c'), assistant('d'), system('e'), user('f')]
    expect(rules(talk, 'openai')).toEqual([])
    expect(rules(talk, 'anthropic')).toEqual([
      ['same-role-run', 1],
      ['system-not-first', 4],
    ])
    expect(rules(talk, 'gemini')).toEqual([
      ['same-role-run', 1],
      ['same-role-run', 3],
      ['system-not-first', 4],
    ])
  })

  it('refuses an id twice in a step, and for Anthropic twice at all', () => {
    const again = [user('hi'), ...step('a', 'x'), ...step('a', 'y')]
    expect(rules(again, 'openai')).toEqual([])
    expect(rules(again, 'anthropic')).toEqual([['duplicate-call-id', 3]])
    const twice = [user('hi'), calls({ id: 'a' }, { id: 'a' }), result('a', 'x'), result('a', 'y')]
    expect(rules(twice, 'openai')).toEqual([['duplicate-call-id', 1]])
  })

  it('refuses calls by others than an assistant, and tool messages without a result', () => {
    const odd = [
      { ...user('x'), parts: [...user('x').parts, ...calls({ id: 'a' }).parts] },
      { ...user('y'), role: 'tool' },
    ]
    expect(rules(odd, 'openai')).toEqual([
      ['call-outside-assistant', 0],
      ['result-without-call', 1],
    ])
  })
})

describe('repair', () => {
  it('answers a call that has no result, next to the results that are there', () => {
    const { messages, repairs, edits } = repair(
      [user('hi'), calls({ id: 'a' }, { id: 'b', name: 'pay' }), result('a', 'x'), user('and?')],
      'openai',
    )
    expect(texts(messages)).toEqual(['hi', 'call find+call pay', 'x', expect.stringContaining('interrupted'), 'and?'])
    expect(messages[3]).toMatchObject({ role: 'tool', name: 'pay', parts: [{ id: 'b', status: 'error' }] })
    expect(repairs).toMatchObject([{ rule: 'call-without-result', at: 1 }])
    expect(edits).toMatchObject([{ op: 'insert', at: 3, policy: 'repair' }])
  })

  it('drops a result without its call, and keeps it as a text when it is pinned', () => {
    const orphan = result('z', 'precious')
    expect(texts(repair([user('hi'), orphan], 'openai').messages)).toEqual(['hi'])
    const pinned = { ...orphan, metadata: { pinned: true } }
    expect(texts(repair([user('hi'), pinned], 'openai').messages)).toEqual(['hi', '[Tool result] precious'])
  })

  it('removes what is empty, fills what must stay', () => {
    const pinned = { ...user(' '), metadata: { pinned: true } }
    const { messages } = repair([user('hi'), { role: 'assistant', parts: [] }, pinned, ...step('a', '')], 'openai')
    expect(texts(messages)).toEqual(['hi', '(empty)', 'call find', '(empty)'])
  })

  it('lets the user start, turns late system messages into the user’s, and merges what stands in a row', () => {
    const { messages } = repair(
      [assistant('hello'), user('a'), system('be brief'), user('b'), assistant('c')],
      'gemini',
    )
    expect(texts(messages)).toEqual(['(The conversation starts here.)', 'hello', 'a+[System] be brief+b', 'c'])
  })

  it('gives calls of one id different ones, and their results with them', () => {
    const { messages } = repair(
      [user('hi'), calls({ id: 'a' }, { id: 'a' }), result('a', 'x'), result('a', 'y')],
      'openai',
    )
    expect(messages.slice(1).flatMap(({ parts }) => parts.map(({ id }) => id))).toEqual(['a', 'a-2', 'a', 'a-2'])
  })

  it('changes nothing that is legal: the same objects come back', () => {
    const good = [user('hi'), ...step('a', 'x'), assistant('done')]
    const { messages } = repair(good, { provider: 'any' })
    expect(messages.every((message, i) => message === good[i])).toBe(true)
  })

  it('answers within the message where a format has results there', () => {
    const within: Lens<NeutralMessage> = {
      ...neutralLens,
      results: 'within',
      edit: (message, edits) => {
        const answered = message.parts.flatMap((part, i) => {
          const answer = edits.get(i)?.answer
          return answer === undefined ? [part] : [part, { type: 'tool_call_response', id: part.id, response: answer }]
        })
        return { ...message, parts: answered }
      },
    }
    const { messages } = repair([user('hi'), calls({ id: 'a' }), user('and?')], { provider: 'openai', lens: within })
    expect(texts(messages)).toEqual(['hi', expect.stringMatching(/^call find\+Error: .*interrupted/), 'and?'])
    expect(checkLegality(messages, { provider: 'openai', lens: within })).toEqual([])
  })
})

describe('bad input', () => {
  it.each([
    ['PROVIDER_UNKNOWN', () => checkLegality([], 'mistral' as Provider)],
    ['PROVIDER_UNKNOWN', () => repair([], { provider: undefined as unknown as Provider })],
    ['CONTEXT_OPTIONS_INVALID', () => checkLegality([], { provider: 'any', strict: true } as never)],
    ['CONTEXT_OPTIONS_INVALID', () => repair([], null as never)],
    ['LENS_INVALID', () => repair([], { provider: 'any', lens: {} as never })],
    ['MESSAGE_INVALID', () => checkLegality('hi' as never, 'any')],
    ['MESSAGE_INVALID', () => checkLegality([user('hi'), null as never], 'any')],
    ['MESSAGE_INVALID', () => repair([{ role: 'user', content: 'of another format' } as never], 'any')],
  ])('is refused: %s', (code, work) => {
    expect(work).toThrow(expect.objectContaining({ code }))
  })
})
