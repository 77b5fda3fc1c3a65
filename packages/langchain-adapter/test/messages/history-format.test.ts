import { contentSnapshots, identitySnapshots } from '@everthread/core'
import { AIMessage, HumanMessage, RemoveMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import { historyFormat } from '../../src/messages/history-format.ts'
import { giveMessageIds } from '../../src/messages/message-ids.ts'
import { langchainExtensions } from '../../src/values/extensions.ts'

describe('the history format', () => {
  it('takes messages, and nothing else', () => {
    expect(historyFormat.accepts(new HumanMessage('a'))).toBe(true)
    expect(historyFormat.accepts({ role: 'user', content: 'a' })).toBe(false)
  })

  it('writes one line of neutral JSON and reads it back', () => {
    const message = new HumanMessage({
      content: 'two\nlines\tand a tab',
      additional_kwargs: { seen: new Map([['at', new Date(1)]]) },
    })
    const text = historyFormat.encode(message)
    expect(text).not.toMatch(/[\n\t]/)
    expect(historyFormat.decode(text)).toStrictEqual(message)
  })

  it('names what cannot be stored', () => {
    const message = new HumanMessage({ content: 'a', additional_kwargs: { run: () => 1 } })
    expect(() => historyFormat.encode(message)).toThrow(expect.objectContaining({ code: 'VALUE_UNSUPPORTED' }))
  })

  it.each([contentSnapshots, identitySnapshots])('sees a message that was edited in place, by %o', (snapshots) => {
    const { list, take } = snapshots(langchainExtensions)
    const seen = list()
    const message = new AIMessage({
      content: [{ type: 'text', text: 'a' }],
      tool_calls: [{ name: 'f', args: { deep: { n: 1 } }, id: 'c' }],
    })
    seen.push(take(message))
    expect(seen.holds(0, message)).toBe(true)
    const [call] = message.tool_calls ?? []
    if (call) call.args.deep.n = 2
    expect(seen.holds(0, message)).toBe(false)
  })
})

describe('messages written without an id', () => {
  it('get one each, where the reducer would put it', () => {
    const [first, second] = [new HumanMessage('a'), new AIMessage('b')]
    giveMessageIds([first, second])
    expect(first.id).toMatch(/^[0-9a-f-]{36}$/)
    expect(second.lc_kwargs.id).toBe(second.id)
    expect(first.id).not.toBe(second.id)
  })

  it('keep an id that they have', () => {
    const message = new HumanMessage({ id: 'mine', content: 'a' })
    giveMessageIds(message)
    expect(message.id).toBe('mine')
  })

  it('are left alone when they are not messages yet', () => {
    const written = [['user', 'hi'], { role: 'user', content: 'hi' }, 'hi', new RemoveMessage({ id: 'x' })]
    giveMessageIds(written)
    giveMessageIds(undefined)
    expect(written[1]).toEqual({ role: 'user', content: 'hi' })
  })
})
