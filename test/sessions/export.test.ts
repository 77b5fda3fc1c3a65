import { randomUUID } from 'node:crypto'
import type { Session } from '@everthread/core'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { Command, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { begin, textsOf, user } from './talk.ts'

const say = (session: Session, ...texts: string[]) =>
  session.messages.append(texts.map((text) => user(text, { id: text })))

/** Everything that a session can be asked for. */
async function everything(session: Session): Promise<unknown> {
  const branches = await session.branches.list()
  return {
    facts: [session.createdAt, session.lastActiveAt, session.counts, session.metadata, session.title, session.state],
    seen: await session.messages.list(),
    ever: await session.messages.list({ removed: true }),
    branches,
    onBranches: await Promise.all(branches.map(({ name }) => session.messages.list({ branch: name }))),
    checkpoints: await session.checkpoints.list(),
    graph: await session.checkpoints.list({ source: 'langgraph' }),
    data: await session.data.all(),
    context: await session.context.messages(),
    compactions: await session.context.compactions(),
  }
}

async function live(session: Session): Promise<void> {
  await say(session, 'a', 'b', 'c')
  await session.messages.append(user('b, better', { id: 'b' }))
  await session.data.set('map', new Map([['x', new Date(5)]]))
  await session.checkpoints.save({ step: 1, list: ['x'] }, { label: 'first' })
  await session.checkpoints.save({ step: 2, list: ['x'] }, { ttl: 60_000 })
  await session.branches.fork({ from: 'b', name: 'side' })
  await session.branches.switch('side')
  await say(session, 'd')
  await session.reset()
  await session.turn((turn) => turn.append(user('e'), user('f'.repeat(5_000))))
  await session.context.build({ budget: 1_000 })
}

const asks = (checkpointer: EverthreadSaver) =>
  new StateGraph(MessagesAnnotation)
    .addNode('ask', ({ messages }) => {
      const answer = interrupt('Sure?')
      return { messages: [new AIMessage({ id: `a${messages.length}`, content: `You said ${answer}` })] }
    })
    .addEdge(START, 'ask')
    .compile({ checkpointer })

/** From each kind of store to the next. */
describe.each(subjects.map((from, i) => [from.name, subjects[(i + 1) % subjects.length]?.name, from, i] as const))(
  'an export from %s into %s',
  (_, __, from, i) => {
    const source = Scene.on(from)
    const target = Scene.on(subjects[(i + 1) % subjects.length] as (typeof subjects)[number])

    it.each(['json', 'jsonl'] as const)('%s, is equal in all that the session can be asked for', async (format) => {
      const { session, id } = await begin(source)
      await live(session)
      const text = await session.export({ format })
      target.now = source.now + 30_000
      await target.manager().asService().import(text)
      const back = (await target.manager().asService().get(id)) as Session
      const original = (await source.manager().asService().get(id)) as Session
      expect(await everything(back)).toEqual(await everything(original))
      expect(await back.export({ format })).toBe(text)
      await back.undo()
      await original.undo()
      expect(textsOf(await back.messages.list())).toEqual(textsOf(await original.messages.list()))
      target.now += 30_000
      expect(await back.checkpoints.list()).toHaveLength(1)
    })

    it('goes on as the thread of a graph that it was, with an answer that it waits for', async () => {
      const id = randomUUID()
      const config = { configurable: { thread_id: id } }
      const graphAt = ({ store, tenant }: Scene) => asks(new EverthreadSaver({ store, tenant }))
      await graphAt(source).invoke({ messages: [new HumanMessage({ id: 'u', content: 'Hello' })] }, config)
      const waiting = source.manager().asService()
      const text = await ((await waiting.get(id)) as Session).export()
      await target.manager().asService().import(text)
      const [there, here] = await Promise.all(
        [target, source].map((scene) => graphAt(scene).invoke(new Command({ resume: 'yes' }), config)),
      )
      expect(there).toEqual(here)
      expect(there?.messages.at(-1)?.content).toBe('You said yes')
    })

    it('that was doctored is refused whole', async () => {
      const { session } = await begin(source)
      await live(session)
      const text = await session.export()
      const handle = target.manager().asService()
      await expect(handle.import(text.replace('b, better', 'b, worse'))).rejects.toMatchObject({
        code: 'EXPORT_INVALID',
      })
      expect(await handle.count()).toBe(0)
    })
  },
)
