import type { NeutralMessage, Session } from '@everthread/core'
import {
  checkLegality,
  clearToolResults,
  contextChart,
  keepLastMessages,
  keepLastTurns,
  trimToolResults,
} from '@everthread/core/context'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allRows, HookedStore } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { faithful, turns, user } from '../../packages/core/test/context/compaction/conversation.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

interface Talk {
  session: Session
  /** As another process has it. */
  elsewhere(): Session
  commits(): number
  /** Changes of the view so far. */
  changes(): Promise<number>
}

const ids = (messages: readonly NeutralMessage[]): (string | undefined)[] => messages.map(({ id }) => id)

describe.each(subjects)('on $name', (subject) => {
  const scene = Scene.on(subject)
  const begin = async (messages: readonly NeutralMessage[] = []): Promise<Talk> => {
    const store = new HookedStore(scene.store)
    const session = await scene.manager({ store }).asService().create()
    const { id } = session
    if (messages.length > 0) await session.messages.append(messages)
    return {
      session,
      elsewhere: () => scene.manager({ store }).asService().open(id),
      commits: () => store.calls.commits,
      changes: async () => (await allRows(store, { tenant: scene.tenant, id }, 'v/')).length,
    }
  }

  describe('the context of a session', () => {
    it('is the history while nobody asks for less', async () => {
      const { session, commits } = await begin(turns(3))
      const before = commits()
      const { messages, receipt } = await session.context.build()
      expect(ids(messages)).toEqual(ids(turns(3)))
      expect(receipt.edits).toEqual([])
      expect(await session.context.messages()).toEqual(messages)
      expect(await session.context.diff()).toEqual([])
      expect(commits()).toBe(before)
    })

    it('is planned, recorded, and the same bytes again, here and elsewhere', async () => {
      const { session, elsewhere, commits } = await begin(turns(6))
      const policy = trimToolResults({ maxChars: 20, head: 5, tail: 5 })
      const first = await session.context.build({ policy })
      const written = commits()
      expect(await session.context.build({ policy })).toMatchObject({ messages: first.messages })
      expect(await elsewhere().context.build({ policy })).toMatchObject({ messages: first.messages })
      expect(await elsewhere().context.messages()).toEqual(first.messages)
      expect(commits()).toBe(written)
    })

    it('only grows at its end when messages come', async () => {
      const { session } = await begin(turns(6))
      const policy = clearToolResults({ keepLast: 1 })
      const { messages: before } = await session.context.build({ policy })
      await session.messages.append(user('next', 'One thing more.'))
      const { messages: after, receipt } = await session.context.build({ policy })
      expect(after.slice(0, before.length)).toEqual(before)
      expect(after.at(-1)?.id).toBe('next')
      expect(receipt.replanned).toBeUndefined()
    })

    it('has what a turn has appended and not yet committed', async () => {
      const { session } = await begin(turns(1))
      await session.turn(async (turn) => {
        turn.append(user('mine', 'Said just now.'))
        const { messages } = await session.context.build({ policy: keepLastTurns(1) })
        expect(ids(messages)).toEqual(['mine'])
      })
    })

    it('is only shown by a dry run', async () => {
      const { session, commits } = await begin(turns(6))
      const before = commits()
      const { messages } = await session.context.build({ policy: keepLastMessages(4), dryRun: true })
      expect(messages.length).toBeLessThan(6)
      expect(commits()).toBe(before)
      expect(await session.context.messages()).toHaveLength(24)
    })

    it('says what it leaves out, and gives it back', async () => {
      const { session } = await begin(turns(6))
      const history = await session.messages.list()
      const policy = [keepLastTurns(3), clearToolResults({ keepLast: 1 })]
      const { receipt } = await session.context.build({ policy })
      const diff = await session.context.diff()
      expect(diff.map(({ kind }) => kind)).toContain('removed')
      expect(diff.map(({ kind }) => kind)).toContain('shortened')
      expect(diff.flatMap(({ handles }) => handles)).toEqual(receipt.handles)
      for (const difference of diff) {
        for (const handle of difference.handles) {
          const { messages, text } = await session.context.recall(handle)
          expect(messages).toEqual(history.filter(({ id }) => difference.ids.includes(id as string)))
          expect(text.length).toBeGreaterThan(0)
        }
      }
      await expect(session.context.recall('r.none')).rejects.toMatchObject({ code: 'HANDLE_UNKNOWN' })
    })

    it('does not hand out what others hold', async () => {
      const { session } = await begin(turns(1))
      const { messages } = await session.context.build()
      ;(messages[0] as NeutralMessage).parts.length = 0
      expect((await session.messages.list())[0]?.parts).toHaveLength(1)
      expect((await session.context.build()).messages[0]?.parts).toHaveLength(1)
    })

    it('begins anew after a reset, and leaves nothing behind there to be taken back', async () => {
      const { session, changes } = await begin(turns(6))
      const policy = keepLastTurns(2)
      const { messages } = await session.context.build({ policy })
      await session.reset()
      const before = await changes()
      expect(await session.context.build({ policy })).toMatchObject({ messages: [], receipt: { edits: [] } })
      expect(await changes()).toBe(before)
      await session.undo()
      expect(await session.context.build({ policy })).toMatchObject({ messages })
    })

    it('is planned by all who build it at once, and recorded once', async () => {
      const { session, elsewhere, changes } = await begin(turns(6))
      const policy = keepLastTurns(2)
      const built = await Promise.all(
        [session, session, elsewhere(), elsewhere()].map((each) => each.context.build({ policy })),
      )
      for (const { messages } of built) expect(messages).toEqual(built[0]?.messages)
      expect(await changes()).toBe(1)
    })

    it('can be looked into, as data and as a chart', async () => {
      const { session } = await begin(turns(6))
      await session.context.build({ policy: keepLastTurns(4) })
      const inspection = await session.context.inspect({ window: 10_000, budget: 200, instructions: 'Be kind.' })
      expect(inspection.messages).toBe(24)
      expect(inspection.built).toBeLessThan(inspection.tokens)
      expect(inspection.byTool.find_order?.calls).toBe(6)
      expect(inspection.prune?.tokens.after).toBeLessThanOrEqual(200)
      expect(contextChart(inspection)).toMatch(/^Context: about [\d,]+ tokens of 10,000 .* in 24 messages\n/)
      expect(contextChart(inspection)).toContain('A prune now would leave')
    })
  })

  describe('undo', () => {
    it('of a session goes back to what somebody asked for, past the plans since, to the byte', async () => {
      const { session, elsewhere } = await begin(turns(4))
      const { messages } = await session.context.build({ policy: keepLastTurns(2) })
      await session.reset()
      await session.messages.append(turns(6))
      for (const count of [3, 1]) await session.context.build({ policy: keepLastTurns(count) })
      expect(await elsewhere().undo()).toMatchObject({ kind: 'reset' })
      expect(await elsewhere().context.messages()).toEqual(messages)
      expect(await session.undo()).toMatchObject({ kind: 'prune' })
      expect(await elsewhere().context.messages()).toEqual(await session.messages.list())
      expect(await session.undo()).toBeUndefined()
      expect(await session.context.undo()).toBeUndefined()
    })

    it('of a context takes plans back one by one', async () => {
      const { session } = await begin(turns(4))
      await session.reset()
      await session.messages.append(turns(6))
      for (const count of [3, 1]) await session.context.build({ policy: keepLastTurns(count) })
      const kinds: unknown[] = []
      for (let n = 0; n < 4; n++) kinds.push((await session.context.undo())?.kind)
      expect(kinds).toEqual(['prune', 'prune', 'reset', undefined])
    })

    it('goes back through 1 to 20 prunes, compactions and resets, exactly', async () => {
      const change = fc.constantFrom('prune', 'trim', 'compact', 'soft', 'hard')
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 20 }), async (changes) => {
          const { session, elsewhere, changes: count } = await begin(turns(4))
          const contexts: NeutralMessage[][] = []
          let said = 4
          for (const kind of changes) {
            await session.messages.append(turns(1, said++))
            const before = await session.context.messages()
            const number = await count()
            if (kind === 'prune') await session.context.build({ policy: keepLastTurns(2) })
            else if (kind === 'trim')
              await session.context.build({ policy: trimToolResults({ maxChars: 20, head: 5, tail: 5 }) })
            else if (kind === 'compact') await session.compact({ model: faithful, keepRecent: 2 })
            else await session.reset({ mode: kind as 'soft' | 'hard' })
            if ((await count()) > number) contexts.push(before)
          }
          for (const before of contexts.reverse()) {
            const undone = await elsewhere().context.undo()
            expect(undone).toBeDefined()
            const shown = await elsewhere().context.messages()
            expect(shown.slice(0, before.length)).toEqual(before)
            expect(checkLegality(shown, { provider: 'openai' }).filter(({ rule }) => /call|result/.test(rule))).toEqual(
              [],
            )
          }
          expect(await session.context.undo()).toBeUndefined()
        }),
        { numRuns: process.env.EVERTHREAD_SOAK ? 100 : 4 },
      )
    })
  })
})
