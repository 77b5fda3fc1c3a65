import type { NeutralMessage } from '@everthread/core'
import { clearToolResults, keepLastTurns } from '@everthread/core/context'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, user } from './talk.ts'

/** A question about an order, which a tool answers. */
const asked = (n: number): NeutralMessage[] => [
  user(`Where is order ORD-${4000 + n}?`, { id: `u${n}` }),
  { id: `a${n}`, role: 'assistant', parts: [{ type: 'tool_call', id: `c${n}`, name: 'find', arguments: { n } }] },
  {
    id: `r${n}`,
    role: 'tool',
    parts: [{ type: 'tool_call_response', id: `c${n}`, response: `Shelf ${n}, row ${n}, ${'boxes and '.repeat(20)}` }],
  },
  { id: `t${n}`, role: 'assistant', parts: [{ type: 'text', content: `Order ORD-${4000 + n} is on shelf ${n}.` }] },
]
const talk = (turns: number, from = 0): NeutralMessage[] =>
  Array.from({ length: turns }, (_, i) => asked(from + i)).flat()

const SUMMARY = 'Decisions, open tasks, constraints, pending asks: none. Identifiers: '
const model = (prompt: string): string => SUMMARY + (/exactly as they are: (.*)/.exec(prompt)?.[1] ?? '')

describe.each(subjects)('the context on $name', (subject) => {
  const scene = Scene.on(subject)

  it('is built by one process and the same bytes in another, which goes on with it', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(talk(8))
    const policy = [keepLastTurns(5), clearToolResults({ keepLast: 2 })]
    const { messages, receipt } = await session.context.build({ policy, provider: 'openai' })
    expect(receipt.tokens.after).toBeLessThan(receipt.tokens.before)
    expect(await elsewhere().context.messages()).toEqual(messages)
    await elsewhere().messages.append(user('And now?', { id: 'more' }))
    const next = await elsewhere().context.build({ policy, provider: 'openai' })
    expect(next.messages.slice(0, messages.length)).toEqual(messages)
    for (const handle of receipt.handles) {
      const recalled = await elsewhere().context.recall(handle)
      expect(recalled.messages.every(({ id }) => talk(8).some((message) => message.id === id))).toBe(true)
    }
  })

  it('is compacted once by two processes at once, and undone by a third', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(talk(8))
    const receipts = await Promise.all([session, elsewhere()].map((each) => each.compact({ model, keepRecent: 4 })))
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['compacted', 'skipped'])
    expect((await elsewhere().context.messages()).length).toBeLessThan(8)
    expect(await elsewhere().messages.list()).toHaveLength(32)
    expect(await elsewhere().context.compactions()).toMatchObject([{ active: true, archived: 28 }])
    expect(await elsewhere().undo()).toMatchObject({ kind: 'compaction' })
    expect(await session.context.messages()).toEqual(await session.messages.list())
  })

  it('comes back through resets and branches', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(talk(6))
    await session.compact({ model, keepRecent: 4 })
    const compacted = await session.context.messages()
    await session.branches.fork({ from: 't1', name: 'early' })
    await session.branches.switch('early')
    expect(await elsewhere().context.messages()).toEqual(await session.messages.list())
    await session.reset({ mode: 'hard' })
    expect(await elsewhere().context.messages()).toEqual([])
    await session.undo()
    await session.undo()
    expect(await elsewhere().context.messages()).toEqual(compacted)
  })

  it('goes along when the session is exported', async () => {
    const { session } = await begin(scene)
    await session.messages.append(talk(6))
    await session.compact({ model, keepRecent: 8 })
    const { messages } = await session.context.build({ policy: clearToolResults({ keepLast: 1 }), provider: 'openai' })
    const exported = await session.export({ format: 'json' })
    const copy = await scene
      .manager()
      .asService()
      .import(exported, { id: `${session.id}-copy` })
    expect(await copy.context.messages()).toEqual(messages)
    expect(await copy.context.compactions()).toEqual(await session.context.compactions())
  })

  it('is compacted while turns and appends of others go on, and loses none of them', async () => {
    const { session, elsewhere } = await begin(scene)
    await session.messages.append(talk(6))
    const others = [elsewhere(), elsewhere()]
    const [receipt] = await Promise.all([
      session.compact({ model, keepRecent: 4 }),
      ...others.map((other, i) => other.messages.append(user(`from ${i}`, { id: `x${i}` }))),
      elsewhere().turn((turn) => turn.append(user('in a turn', { id: 'turn' }))),
    ])
    expect(receipt.outcome).toBe('compacted')
    const ids = (await elsewhere().context.messages()).map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(['x0', 'x1', 'turn']))
    expect(await elsewhere().messages.count()).toBe(27)
  })
})
