import type { BaseMessage } from '@langchain/core/messages'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSerialiser } from '../../packages/core/src/codec/serialise.ts'
import { validateMessage } from '../../packages/core/src/message/validate.ts'
import { fromNeutral } from '../../packages/langchain-adapter/src/messages/from-neutral.ts'
import { historyFormat } from '../../packages/langchain-adapter/src/messages/history-format.ts'
import { toNeutral } from '../../packages/langchain-adapter/src/messages/to-neutral.ts'
import { anyMessage, edits, message, messageClasses } from '../arbitraries/messages.ts'
import { value } from '../arbitraries/values.ts'

const { stringify, parse } = createSerialiser()

function again(given: BaseMessage): BaseMessage {
  return fromNeutral(validateMessage(parse(stringify(toNeutral(given)))))
}

function expectSame(back: BaseMessage, given: BaseMessage): void {
  expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(given))
  expect(back.id).toBe(given.id)
  expect(back).toStrictEqual(given)
  expect(back.lc_kwargs).toStrictEqual(given.lc_kwargs)
  expect(Object.keys(back.lc_kwargs)).toEqual(Object.keys(given.lc_kwargs))
}

describe('a message through its neutral JSON and back is the same', () => {
  for (const [name, arbitrary] of Object.entries(messageClasses)) {
    it(`${name}, as made`, () => {
      fc.assert(
        fc.property(arbitrary, (given) => expectSame(again(given), given)),
        { numRuns: 100 },
      )
    })
  }

  it('2,000 of any class, as made or edited in place', () => {
    fc.assert(
      fc.property(message, (given) => expectSame(again(given), given)),
      { numRuns: 2000 },
    )
  })
})

describe('a capture of a message', () => {
  it('holds exactly as long as the message would be stored the same', () => {
    fc.assert(
      fc.property(anyMessage, fc.constantFrom(...edits), value, (given, edit, something) => {
        const before = historyFormat.encode(given)
        const capture = historyFormat.capture(given)
        expect(historyFormat.unchanged(given, capture)).toBe(true)
        edit(given, something)
        expect(historyFormat.unchanged(given, capture)).toBe(historyFormat.encode(given) === before)
      }),
      { numRuns: 1000 },
    )
  })
})
