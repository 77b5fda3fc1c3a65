import { randomUUID } from 'node:crypto'
import type { NeutralMessage } from '@everthread/core'
import { keepLastTurns, trimToolResults } from '@everthread/core/context'
import { describe, expect, it } from 'vitest'
import { allRows } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { turns } from '../../packages/core/test/context/compaction/conversation.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin as beginOn } from './talk.ts'

describe.each(subjects)('the plans of a session on $name', (subject) => {
  const scene = Scene.on(subject)
  const begin = async () => {
    const begun = await beginOn(scene)
    return {
      ...begun,
      /** Of all that is stored of plans. */
      bytes: async (): Promise<number> => {
        const rows = await allRows(scene.store, { tenant: scene.tenant, id: begun.id }, 'x/p/')
        return rows.reduce((sum, { value }) => sum + value.length, 0)
      },
    }
  }

  it('are read back by another process at any length of their chain, and through undo', async () => {
    const { session, elsewhere } = await begin()
    const policy = trimToolResults({ maxChars: 40, head: 12, tail: 12 })
    const contexts: NeutralMessage[][] = []
    for (let n = 0; n < 40; n++) {
      await session.messages.append(turns(1, n))
      const { messages } = await session.context.build({ policy, provider: 'openai' })
      contexts.push(messages)
      if (n % 7 === 0) expect(await elsewhere().context.messages()).toEqual(messages)
    }
    for (let back = 1; back <= 20; back++) {
      await elsewhere().undo()
      const shown = await elsewhere().context.messages()
      const then = contexts[39 - back] as NeutralMessage[]
      expect(shown.slice(0, then.length)).toEqual(then)
    }
  })

  it('are stored by what is new, and old ones are let go', async () => {
    const { session, bytes } = await begin()
    const policy = trimToolResults({ maxChars: 40, head: 12, tail: 12 })
    const sizes: number[] = []
    for (let n = 0; n < 120; n++) {
      await session.messages.append(turns(1, n))
      const { plan } = await session.context.build({ policy, provider: 'openai' })
      sizes.push(JSON.stringify(plan).length)
    }
    // 40 plans are kept, which would be about 40 times the last one if each were whole.
    expect(await bytes()).toBeLessThan(8 * (sizes.at(-1) as number))
  })

  it('are gone once nothing can go back to them', async () => {
    const { session, elsewhere, bytes } = await begin()
    const policy = trimToolResults({ maxChars: 40, head: 12, tail: 12 })
    const sizes: number[] = [0]
    for (let n = 0; n < 4; n++) {
      await session.messages.append(turns(1, n))
      await session.context.build({ policy, provider: 'openai' })
      sizes.push(await bytes())
    }
    sizes.pop()
    await elsewhere().context.undo()
    expect(await bytes()).toBe(sizes.pop())
    await session.reset()
    await session.messages.append(turns(3, 9))
    await session.context.build({ policy, provider: 'openai' })
    await elsewhere().undo()
    await session.context.undo()
    expect(await bytes()).toBe(sizes.pop())
    await session.context.build({ policy, provider: 'openai' })
    expect(await elsewhere().context.messages()).toEqual(await session.context.messages())
  })

  it('may be large, and of any characters', async () => {
    const { session, elsewhere, bytes } = await begin()
    const long = (n: number): NeutralMessage[] =>
      turns(1, n).map((message) => {
        if (message.role !== 'tool') return message
        const response = `${n} ${'😀é汉'.repeat(1_500)} ${n}`
        return { ...message, parts: [{ type: 'tool_call_response', id: `call-${n}`, response }] }
      })
    for (let n = 0; n < 150; n += 50) {
      await session.messages.append(Array.from({ length: 50 }, (_, i) => long(n + i)).flat())
    }
    const policy = trimToolResults({ maxChars: 4_000, head: 2_000, tail: 1_901 })
    const { messages } = await session.context.build({ policy, provider: 'openai' })
    expect(await bytes()).toBeGreaterThan(1_100_000)
    expect(await elsewhere().context.messages()).toEqual(messages)
  })

  it.each([
    ['x', 'not JSON'],
    ['x', '{"compactions":[1],"plans":[],"depth":0,"planned":false}'],
    ['x', '{"compactions":["c"],"plans":["p"]}'],
    ['x/c/c', '{"id":"c"}'],
    ['x/p/p/0000', '{'],
    ['x/p/p/0000', '{"kept":0,"edits":[]}'],
    ['x/tried', '{'],
  ])('of another making are refused: %s is %s', async (key, text) => {
    const { session } = await begin()
    await session.messages.append(turns(1))
    const rows = { x: '{"compactions":["c"],"plans":["p"],"depth":0,"planned":true}', [key]: text }
    const ops = Object.entries(rows).map(([put, value]) => ({ put, value: new TextEncoder().encode(value) }))
    await scene.store.commit({ tenant: scene.tenant, id: session.id }, { id: randomUUID(), ops })
    await expect(session.context.messages()).rejects.toMatchObject({
      code: expect.stringMatching(/^(CHECKPOINT_CORRUPT|PLAN_INVALID)$/),
    })
  })

  it('stand for nothing once they are gone', async () => {
    const { session, elsewhere } = await begin()
    await session.messages.append(turns(4))
    await session.context.build({ policy: keepLastTurns(1), provider: 'openai' })
    await scene.store.commit(
      { tenant: scene.tenant, id: session.id },
      { id: randomUUID(), ops: [{ delPrefix: 'x/p/' }] },
    )
    expect(await elsewhere().context.messages()).toEqual(
      turns(4).map((message) => expect.objectContaining({ id: message.id })),
    )
  })
})
