import { contentSnapshots, identitySnapshots, type Snapshotter } from '@everthread/core'
import type { BaseMessage } from '@langchain/core/messages'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSerialiser } from '../../packages/core/src/codec/serialise.ts'
import { validateMessage } from '../../packages/core/src/message/validate.ts'
import { fromNeutral } from '../../packages/langchain-adapter/src/messages/from-neutral.ts'
import { historyFormat } from '../../packages/langchain-adapter/src/messages/history-format.ts'
import { toNeutral } from '../../packages/langchain-adapter/src/messages/to-neutral.ts'
import { langchainExtensions } from '../../packages/langchain-adapter/src/values/extensions.ts'
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

describe('a snapshot of a message', () => {
  function holdsAfter(snapshotter: Snapshotter, given: BaseMessage, edit: () => void): boolean {
    const seen = snapshotter.list()
    seen.push(snapshotter.take(given))
    expect(seen.holds(0, given)).toBe(true)
    edit()
    return seen.holds(0, given)
  }

  it('by content holds exactly as long as the message would be stored the same', () => {
    fc.assert(
      fc.property(anyMessage, fc.constantFrom(...edits), value, (given, edit, something) => {
        const before = historyFormat.encode(given)
        const holds = holdsAfter(contentSnapshots(langchainExtensions), given, () => edit(given, something))
        expect(holds).toBe(historyFormat.encode(given) === before)
      }),
      { numRuns: 1000 },
    )
  })

  it('by identity never holds when the message would be stored otherwise', () => {
    fc.assert(
      fc.property(anyMessage, fc.constantFrom(...edits), value, (given, edit, something) => {
        const before = historyFormat.encode(given)
        const holds = holdsAfter(identitySnapshots(langchainExtensions), given, () => edit(given, something))
        if (holds) expect(historyFormat.encode(given)).toBe(before)
      }),
      { numRuns: 1000 },
    )
  })
})
