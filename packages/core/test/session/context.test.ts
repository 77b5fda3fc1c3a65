import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkLegality,
  clearToolResults,
  contextChart,
  keepLastMessages,
  keepLastTurns,
  trimToolResults,
} from '../../src/context/index.ts'
import { type NeutralMessage, type Session, SessionManager, type Store } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { HookedStore } from '../checkpoint/hooked-store.ts'
import { faithful, noting, turns, user } from '../context/compaction/conversation.ts'

const manager = (store: Store): SessionManager => new SessionManager({ store })

interface Scene {
  session: Session
  /** As another process has it. */
  elsewhere(): Session
  commits(): number
  /** Changes of the view so far. */
  changes(): Promise<number>
}

async function begin(messages: readonly NeutralMessage[] = []): Promise<Scene> {
  const store = new HookedStore(memoryStore())
  const id = randomUUID()
  const session = await manager(store).asService().create({ id })
  if (messages.length > 0) await session.messages.append(messages)
  return {
    session,
    elsewhere: () => manager(store).asService().open(id),
    commits: () => store.calls.commits,
    changes: async () => {
      const { rows } = await store.read({ tenant: 'default', id }, [{ prefix: 'v/', limit: 100 }])
      return rows[0]?.length ?? 0
    },
  }
}

const ids = (messages: readonly NeutralMessage[]): (string | undefined)[] => messages.map(({ id }) => id)

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

describe('a compaction of a session', () => {
  it('is what the model sees from then on, here and elsewhere, and the history stays', async () => {
    const { session, elsewhere } = await begin(turns(6))
    const receipt = await session.compact({ model: faithful, keepRecent: 4 })
    expect(receipt).toMatchObject({ outcome: 'compacted', reason: 'manual', attempts: 1 })
    const { messages } = await elsewhere().context.build({ provider: 'openai' })
    expect(messages).toHaveLength(receipt.messages.after)
    expect(messages[0]?.parts[0]).toMatchObject({ content: expect.stringContaining('The user asked about orders.') })
    expect(await elsewhere().messages.list()).toHaveLength(24)
  })

  it('is listed, and gives back what it stands for', async () => {
    const { session } = await begin(turns(6))
    const history = await session.messages.list()
    const first = await session.compact({ model: faithful, keepRecent: 4, instructions: 'keep it short' })
    await session.messages.append(turns(6, 6))
    const second = await session.compact({ model: faithful, keepRecent: 4, reason: 'command' })
    const list = await session.context.compactions()
    expect(list.map(({ id, active, reason }) => [id, active, reason])).toEqual([
      [first.compaction?.id, false, 'manual'],
      [second.compaction?.id, true, 'command'],
    ])
    expect(list[0]?.instructions).toBe('keep it short')
    const archived = await session.context.archived(first.compaction?.id as string)
    expect(archived).toEqual(history.slice(0, 20))
    expect((await session.context.recall(`c.${first.compaction?.id}`)).messages).toEqual(archived)
    expect((await session.context.diff())[0]).toMatchObject({
      kind: 'summarised',
      handles: [`c.${second.compaction?.id}`],
    })
    await expect(session.context.archived('none')).rejects.toMatchObject({ code: 'COMPACTION_NOT_FOUND' })
  })

  it('is undone', async () => {
    const { session } = await begin(turns(6))
    const before = await session.context.messages()
    await session.compact({ model: faithful })
    expect(await session.context.undo()).toMatchObject({ kind: 'compaction' })
    expect(await session.context.messages()).toEqual(before)
    expect((await session.context.compactions()).map(({ active }) => active)).toEqual([false])
  })

  it('is one when two ask at once', async () => {
    const { session } = await begin(turns(6))
    const { model, prompts } = noting(faithful)
    const receipts = await Promise.all([
      session.compact({ model }),
      session.compact({ model }),
      session.compactIfDue({ model }),
    ])
    expect(prompts).toHaveLength(1)
    expect(new Set(receipts).size).toBe(1)
    expect(await session.context.compactions()).toHaveLength(1)
  })

  it('is one when two processes ask at once', async () => {
    const { session, elsewhere } = await begin(turns(6))
    const receipts = await Promise.all([session, elsewhere()].map((each) => each.compact({ model: faithful })))
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['compacted', 'skipped'])
    expect(receipts.find(({ outcome }) => outcome === 'skipped')).toMatchObject({
      why: 'another compaction was made meanwhile',
    })
    expect(await session.context.compactions()).toHaveLength(1)
  })

  it('runs while the next turn goes on', async () => {
    const { session } = await begin(turns(6))
    let answer = (_: string): void => undefined
    let asked = (): void => undefined
    const called = new Promise<void>((resolve) => {
      asked = resolve
    })
    const background = session.compact({
      keepRecent: 4,
      model: (prompt, options) => {
        asked()
        return new Promise((resolve) => {
          answer = () => resolve(faithful(prompt, options) as string)
        })
      },
    })
    await called
    await session.turn((turn) => turn.append(user('meanwhile', 'Said during the compaction.')))
    answer('')
    await session.settled()
    expect(await background).toMatchObject({ outcome: 'compacted' })
    const { messages } = await session.context.build()
    expect(messages.at(-1)?.id).toBe('meanwhile')
    expect(messages.length).toBeLessThan(10)
  })

  it('that fails leaves everything as it was, and is not tried again for nothing', async () => {
    const { session, elsewhere } = await begin(turns(15))
    const before = await session.context.messages()
    const { model, prompts } = noting(() => Promise.reject(new Error('overloaded')))
    expect(await session.compactIfDue({ model })).toMatchObject({ outcome: 'failed', reason: 'messages' })
    expect(await session.context.messages()).toEqual(before)
    const calls = prompts.length
    expect(await elsewhere().compactIfDue({ model })).toBeUndefined()
    expect(prompts).toHaveLength(calls)
    await session.messages.append(turns(3, 15))
    expect(await session.compactIfDue({ model: faithful })).toMatchObject({ outcome: 'compacted' })
    expect(await session.compactIfDue({ model: faithful })).toBeUndefined()
  })

  it('is due by the window, unpruned', async () => {
    const { session } = await begin(turns(10))
    await session.context.build({ policy: keepLastMessages(2) })
    expect(await session.compactIfDue({ model: faithful, window: 1_000 })).toMatchObject({ reason: 'window' })
  })

  it('that cannot be recorded says so', async () => {
    const { session } = await begin(turns(6))
    const receipt = await session.compact({
      model: async (prompt, options) => {
        await session.archive()
        return faithful(prompt, options)
      },
    })
    expect(receipt).toMatchObject({ outcome: 'failed', attempts: 1 })
    expect(receipt.why).toContain('archived')
  })

  it('gives a legal context for every provider', async () => {
    const { session } = await begin(turns(12))
    await session.compact({ model: faithful, keepRecent: 5 })
    for (const provider of ['openai', 'anthropic', 'gemini', 'any'] as const) {
      const { messages } = await session.context.build({
        provider,
        policy: trimToolResults({ maxChars: 20, head: 5, tail: 5 }),
      })
      expect(checkLegality(messages, { provider })).toEqual([])
    }
  })

  it('is not tried where it is not due, and says so when the session is gone', async () => {
    const { session } = await begin(turns(2))
    expect(await session.compactIfDue({ model: faithful })).toBeUndefined()
    await session.settled()
    await session.delete()
    expect(await session.compactIfDue({ model: faithful })).toMatchObject({ outcome: 'failed', attempts: 0 })
  })

  it('that was undone is not made again at once', async () => {
    const { session } = await begin(turns(15))
    expect(await session.compactIfDue({ model: faithful })).toMatchObject({ outcome: 'compacted' })
    await session.undo()
    expect(await session.compactIfDue({ model: faithful })).toBeUndefined()
  })

  it('refuses options that make no sense before anything is done', async () => {
    const { session } = await begin(turns(6))
    await expect(session.compact({ model: 'gpt' as never })).rejects.toMatchObject({ code: 'COMPACTION_INVALID' })
    await expect(session.compactIfDue({ model: faithful, often: true } as never)).rejects.toMatchObject({
      code: 'CONTEXT_OPTIONS_INVALID',
    })
    await expect(session.context.build({ budget: 'all' as never })).rejects.toMatchObject({
      code: 'CONTEXT_OPTIONS_INVALID',
    })
  })
})

describe('undo', () => {
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
      { numRuns: process.env.EVERTHREAD_SOAK ? 300 : 15 },
    )
  })
})
