import type { NeutralMessage } from '@everthread/core'
import { type CompactionModel, checkLegality, keepLastMessages, trimToolResults } from '@everthread/core/context'
import { describe, expect, it } from 'vitest'
import { faithful, noting, turns, user } from '../../packages/core/test/context/compaction/conversation.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin } from './talk.ts'

describe.each(subjects)('a compaction of a session on $name', (subject) => {
  const scene = Scene.on(subject)
  const talked = async (messages: readonly NeutralMessage[]) => {
    const begun = await begin(scene)
    await begun.session.messages.append(messages)
    return begun
  }

  it('is what the model sees from then on, here and elsewhere, and the history stays', async () => {
    const { session, elsewhere } = await talked(turns(6))
    const receipt = await session.compact({ model: faithful, keepRecent: 4 })
    expect(receipt).toMatchObject({ outcome: 'compacted', reason: 'manual', attempts: 1 })
    const { messages } = await elsewhere().context.build({ provider: 'openai' })
    expect(messages).toHaveLength(receipt.messages.after)
    expect(messages[0]?.parts[0]).toMatchObject({ content: expect.stringContaining('The user asked about orders.') })
    expect(await elsewhere().messages.list()).toHaveLength(24)
  })

  it('is listed, and gives back what it stands for', async () => {
    const { session } = await talked(turns(6))
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
    const { session } = await talked(turns(6))
    const before = await session.context.messages()
    await session.compact({ model: faithful })
    expect(await session.context.undo()).toMatchObject({ kind: 'compaction' })
    expect(await session.context.messages()).toEqual(before)
    expect((await session.context.compactions()).map(({ active }) => active)).toEqual([false])
  })

  it('is one when two ask at once', async () => {
    const { session } = await talked(turns(6))
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
    const { session, elsewhere } = await talked(turns(6))
    const both = Promise.withResolvers<void>()
    let asked = 0
    const model: CompactionModel = async (prompt, options) => {
      if (++asked === 2) both.resolve()
      await both.promise
      return faithful(prompt, options)
    }
    const receipts = await Promise.all([session, elsewhere()].map((each) => each.compact({ model })))
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['compacted', 'skipped'])
    expect(receipts.find(({ outcome }) => outcome === 'skipped')).toMatchObject({
      why: 'another compaction was made meanwhile',
    })
    expect(await session.context.compactions()).toHaveLength(1)
  })

  it('runs while the next turn goes on', async () => {
    const { session } = await talked(turns(6))
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
    const { session, elsewhere } = await talked(turns(15))
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
    const { session } = await talked(turns(10))
    await session.context.build({ policy: keepLastMessages(2) })
    expect(await session.compactIfDue({ model: faithful, window: 1_000 })).toMatchObject({ reason: 'window' })
  })

  it('that cannot be recorded says so', async () => {
    const { session } = await talked(turns(6))
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
    const { session } = await talked(turns(12))
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
    const { session } = await talked(turns(2))
    expect(await session.compactIfDue({ model: faithful })).toBeUndefined()
    await session.settled()
    await session.delete()
    expect(await session.compactIfDue({ model: faithful })).toMatchObject({ outcome: 'failed', attempts: 0 })
  })

  it('that was undone is not made again at once', async () => {
    const { session } = await talked(turns(15))
    expect(await session.compactIfDue({ model: faithful })).toMatchObject({ outcome: 'compacted' })
    await session.undo()
    expect(await session.compactIfDue({ model: faithful })).toBeUndefined()
  })

  it('refuses options that make no sense before anything is done', async () => {
    const { session } = await talked(turns(6))
    await expect(session.compact({ model: 'gpt' as never })).rejects.toMatchObject({ code: 'COMPACTION_INVALID' })
    await expect(session.compactIfDue({ model: faithful, often: true } as never)).rejects.toMatchObject({
      code: 'CONTEXT_OPTIONS_INVALID',
    })
    await expect(session.context.build({ budget: 'all' as never })).rejects.toMatchObject({
      code: 'CONTEXT_OPTIONS_INVALID',
    })
  })
})
