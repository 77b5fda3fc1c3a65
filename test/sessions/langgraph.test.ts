import { randomUUID } from 'node:crypto'
import type { NeutralMessage } from '@everthread/core'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage, RemoveMessage, ToolMessage } from '@langchain/core/messages'
import {
  Annotation,
  Command,
  DeltaChannel,
  interrupt,
  MessagesAnnotation,
  messagesDeltaReducer,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf, user } from './talk.ts'

const DeltaMessages = Annotation.Root({
  messages: () => new DeltaChannel(messagesDeltaReducer) as never,
}) as unknown as typeof MessagesAnnotation
const channels = { plain: MessagesAnnotation, delta: DeltaMessages }
const durabilities = ['sync', 'async', 'exit'] as const
type Durability = (typeof durabilities)[number]

const contents = (messages: readonly BaseMessage[]): unknown[] => messages.map(({ content }) => content)

/** A graph that answers with what it has seen, on a thread that is a session, too. */
class Talk {
  readonly thread = randomUUID()
  /** What the model was given, run by run. */
  readonly seen: unknown[][] = []
  readonly #scene: Scene
  readonly #channel: keyof typeof channels
  readonly #durability: Durability

  constructor(scene: Scene, channel: keyof typeof channels = 'plain', durability: Durability = 'async') {
    this.#scene = scene
    this.#channel = channel
    this.#durability = durability
  }

  get config() {
    return { configurable: { thread_id: this.thread }, durability: this.#durability }
  }

  /** As another process would have it. */
  get session() {
    return this.#scene.manager().asService().open(this.thread)
  }

  get saver() {
    return new EverthreadSaver({ store: this.#scene.store, tenant: this.#scene.tenant })
  }

  /** `ask` waits for an answer before it calls the model. */
  graph(asks = false) {
    return new StateGraph(channels[this.#channel])
      .addNode('ask', () => (asks ? { messages: [new HumanMessage(`answered ${interrupt('which?')}`)] } : {}))
      .addNode('model', ({ messages }) => {
        this.seen.push(contents(messages))
        return { messages: [new AIMessage(`to ${messages.at(-1)?.content}`)] }
      })
      .addEdge(START, 'ask')
      .addEdge('ask', 'model')
      .compile({ checkpointer: this.saver })
  }

  async say(content: string): Promise<void> {
    await this.graph().invoke({ messages: [new HumanMessage(content)] }, this.config)
  }

  async values(): Promise<unknown[]> {
    return contents((await this.graph().getState(this.config)).values.messages ?? [])
  }

  async listed(): Promise<unknown[]> {
    return textsOf(await this.session.messages.list())
  }
}

describe.each(subjects)('a thread of LangGraph as a session on $name', (subject) => {
  const scene = Scene.on(subject)

  describe.each(['plain', 'delta'] as const)('with a %s channel', (channel) => {
    it.each(durabilities)(
      'gives its next run what the core has appended, once: graph first, %s',
      async (durability) => {
        const talk = new Talk(scene, channel, durability)
        await talk.say('a')
        await talk.session.messages.append(user('from the core'))
        const both = ['a', 'to a', 'from the core']
        expect(await talk.listed()).toEqual(both)
        expect(await talk.values()).toEqual(both)
        await talk.say('b')
        expect(talk.seen.at(-1)).toEqual([...both, 'b'])
        await talk.say('c')
        const all = [...both, 'b', 'to b', 'c', 'to c']
        expect(await talk.values()).toEqual(all)
        expect(await talk.listed()).toEqual(all)
      },
    )

    it('is compacted for the context, here and elsewhere, and stays whole for the graph', async () => {
      const talk = new Talk(scene, channel, 'sync')
      for (const word of ['a', 'b', 'c', 'd']) await talk.say(word)
      const model = (): string => 'They said some letters.'
      expect(await talk.session.compact({ model, keepRecent: 2 })).toMatchObject({ outcome: 'compacted' })
      await talk.say('e')
      expect(talk.seen.at(-1)).toHaveLength(9)
      const [summary, ...rest] = textsOf(await talk.session.context.messages())
      expect(summary).toContain('They said some letters.')
      expect(rest).toEqual(['d', 'to d', 'e', 'to e'])
      expect(await talk.session.undo()).toMatchObject({ kind: 'compaction' })
      expect(textsOf(await talk.session.context.messages())).toEqual(await talk.values())
    })

    it.each(durabilities)(
      'gives its next run what the core has appended, once: session first, %s',
      async (durability) => {
        const talk = new Talk(scene, channel, durability)
        await talk.session.messages.append([user('one'), user('two')])
        expect(await talk.values()).toEqual(['one', 'two'])
        await talk.say('a')
        expect(talk.seen).toEqual([['one', 'two', 'a']])
        await talk.session.messages.append(user('three'))
        await talk.say('b')
        const all = ['one', 'two', 'a', 'to a', 'three', 'b', 'to b']
        expect(await talk.values()).toEqual(all)
        expect(await talk.listed()).toEqual(all)
      },
    )

    it.each(durabilities)('after an interrupt they enter after the resume, once: %s', async (durability) => {
      const talk = new Talk(scene, channel, durability)
      await talk.say('a')
      const graph = talk.graph(true)
      await graph.invoke({ messages: [new HumanMessage('b')] }, talk.config)
      await talk.session.messages.append(user('meanwhile'))
      expect(await talk.listed()).toEqual(['a', 'to a', 'b', 'meanwhile'])
      await talk.graph(true).invoke(new Command({ resume: 'yes' }), talk.config)
      const resumed = ['a', 'to a', 'b', 'answered yes', 'to answered yes']
      expect(talk.seen.at(-1)).toEqual(resumed.slice(0, -1))
      expect(await talk.values()).toEqual([...resumed, 'meanwhile'])
      expect(await talk.listed()).toEqual([...resumed, 'meanwhile'])
      await talk.say('c')
      expect(talk.seen.at(-1)).toEqual([...resumed, 'meanwhile', 'c'])
      expect(await talk.listed()).toEqual([...resumed, 'meanwhile', 'c', 'to c'])
    })

    it('loses nothing that is appended while a run goes on', async () => {
      const talk = new Talk(scene, channel, 'sync')
      await talk.session.messages.append(user('before'))
      const graph = new StateGraph(channels[channel])
        .addNode('model', async ({ messages }) => {
          await talk.session.messages.append(user(`during ${messages.length}`))
          return { messages: [new AIMessage('answer')] }
        })
        .addEdge(START, 'model')
        .compile({ checkpointer: talk.saver })
      await graph.invoke({ messages: [new HumanMessage('a')] }, talk.config)
      expect(await talk.listed()).toEqual(['before', 'a', 'answer', 'during 2'])
      await talk.say('b')
      expect(talk.seen.at(-1)).toEqual(['before', 'a', 'answer', 'during 2', 'b'])
    })

    it('starts afresh after a reset, and goes on where it was after the undo', async () => {
      const talk = new Talk(scene, channel)
      await talk.say('a')
      await talk.session.messages.append(user('from the core'))
      await talk.session.reset({ mode: 'hard' })
      expect(await talk.values()).toEqual([])
      await talk.say('x')
      expect(talk.seen.at(-1)).toEqual(['x'])
      await talk.session.undo()
      expect(await talk.listed()).toEqual(['a', 'to a', 'from the core'])
      await talk.say('b')
      expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'from the core', 'b'])
      expect(textsOf(await talk.session.messages.list({ branch: 'reset-1' }))).toEqual(['x', 'to x'])
    })

    it('forks at any message, and no run on one branch is seen on another', async () => {
      const talk = new Talk(scene, channel)
      await talk.say('a')
      await talk.session.messages.append(user('from the core'))
      await talk.say('b')
      const [, answer, core] = await talk.session.messages.list()
      await talk.session.branches.fork({ from: String(answer?.id), name: 'early' })
      await talk.session.branches.fork({ from: String(core?.id), name: 'later' })
      await talk.session.branches.switch('early')
      expect(await talk.values()).toEqual(['a', 'to a'])
      await talk.say('x')
      expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'x'])
      await talk.session.branches.switch('later')
      await talk.say('y')
      expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'from the core', 'y'])
      await talk.session.branches.switch('main')
      expect(await talk.values()).toEqual(['a', 'to a', 'from the core', 'b', 'to b'])
      expect(textsOf(await talk.session.messages.list({ branch: 'early' }))).toEqual(['a', 'to a', 'x', 'to x'])
    })

    it('keeps a run on the branch that it began on, whatever is seen meanwhile', async () => {
      const talk = new Talk(scene, channel, 'sync')
      await talk.say('a')
      const graph = new StateGraph(channels[channel])
        .addNode('reset', async () => {
          await talk.session.reset()
          return {}
        })
        .addNode('model', () => ({ messages: [new AIMessage('late')] }))
        .addEdge(START, 'reset')
        .addEdge('reset', 'model')
        .compile({ checkpointer: talk.saver })
      await graph.invoke({ messages: [new HumanMessage('b')] }, talk.config)
      expect(await talk.listed()).toEqual([])
      expect(await talk.values()).toEqual([])
      expect(textsOf(await talk.session.messages.list({ branch: 'main' }))).toEqual(['a', 'to a', 'b', 'late'])
      await talk.session.branches.switch('main')
      expect(await talk.values()).toEqual(['a', 'to a', 'b', 'late'])
    })

    it('keeps messages as the core has written them: times, metadata, forms of others', async () => {
      const talk = new Talk(scene, channel)
      const native = { format: 'others/1', data: { any: 'thing' } }
      const parts = [{ type: 'text', content: 'x', of: 'ours' }]
      const written = await talk.session.messages.append({ role: 'user', parts, metadata: { from: 'web' }, native })
      await talk.say('a')
      await talk.say('b')
      expect((await talk.session.messages.list()).slice(0, 1)).toEqual(written)
    })

    it('streams its history as it is listed', async () => {
      const talk = new Talk(scene, channel)
      await talk.say('a')
      await talk.session.messages.append([user('one'), user('two')])
      const streamed: NeutralMessage[] = []
      for await (const message of talk.session.messages.stream()) streamed.push(message)
      expect(streamed).toEqual(await talk.session.messages.list())
    })
  })

  it('holds messages back while calls of tools are open', async () => {
    const talk = new Talk(scene)
    const call = { name: 'look', args: {}, id: 'call-1' }
    const graph = () =>
      new StateGraph(MessagesAnnotation)
        .addNode('model', () => ({ messages: [new AIMessage({ content: '', tool_calls: [call] })] }))
        .addNode('tools', () => ({ messages: [new ToolMessage({ content: 'seen', tool_call_id: 'call-1' })] }))
        .addEdge(START, 'model')
        .addEdge('model', 'tools')
        .compile({ checkpointer: talk.saver, interruptBefore: ['tools'] })
    await graph().invoke({ messages: [new HumanMessage('a')] }, talk.config)
    await talk.session.messages.append(user('meanwhile'))
    await graph().invoke(null, talk.config)
    expect((await talk.session.messages.list()).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  })

  it('takes a version that the core writes in place of a message, and lists all that ever was', async () => {
    const talk = new Talk(scene)
    await talk.say('a')
    const [first, answer] = await talk.session.messages.list()
    await talk.session.messages.append(user('a, better', { id: String(first?.id) }))
    expect(await talk.listed()).toEqual(['a, better', 'to a'])
    await talk.graph().updateState(talk.config, { messages: [new RemoveMessage({ id: String(answer?.id) })] })
    expect(await talk.values()).toEqual(['a, better'])
    expect(await talk.listed()).toEqual(['a, better'])
    await talk.session.reset()
    await talk.session.messages.append(user('anew'))
    expect(textsOf(await talk.session.messages.list({ removed: true })).sort()).toEqual([
      'a',
      'a, better',
      'anew',
      'to a',
    ])
  })

  it('hands nothing to a run that is given its checkpoint', async () => {
    const talk = new Talk(scene)
    await talk.say('a')
    const { config } = await talk.graph().getState(talk.config)
    await talk.session.messages.append(user('later'))
    const pending = await talk.graph().getState(talk.config)
    await talk.graph().invoke({ messages: [new HumanMessage('b')] }, { ...config })
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'b'])
    await talk.graph().invoke({ messages: [new HumanMessage('c')] }, { ...pending.config })
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'c'])
    await talk.say('d')
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'c', 'to c', 'later', 'd'])
  })

  it('shows its checkpoints beside those that the core has saved, and keeps both apart', async () => {
    const talk = new Talk(scene)
    await talk.say('a')
    const saved = await talk.session.checkpoints.save({ note: 'here' })
    await talk.say('b')
    const ofGraph = await talk.session.checkpoints.list({ source: 'langgraph' })
    const history: unknown[] = []
    for await (const { values } of talk.graph().getStateHistory(talk.config))
      history.push(contents(values.messages ?? []))
    expect(ofGraph.map(({ data }) => textsOf((data as { messages?: NeutralMessage[] }).messages ?? []))).toEqual(
      history,
    )
    expect(ofGraph[0]?.createdAt).toBeGreaterThan(Date.UTC(2020, 0))
    await talk.saver.pruneCheckpoints({ threadId: talk.thread, keepLast: 1 })
    expect(await talk.session.checkpoints.list()).toEqual([saved])
    await talk.session.checkpoints.restore(saved.id)
    expect(await talk.listed()).toEqual(['a', 'to a'])
    await talk.say('x')
    expect(talk.seen.at(-1)).toEqual(['a', 'to a', 'x'])
  })

  it('keeps through a prune what is behind the tip and what branches stand at', async () => {
    const talk = new Talk(scene)
    await talk.say('a')
    await talk.session.messages.append(user('kept'))
    const [first] = await talk.session.messages.list()
    await talk.session.branches.fork({ from: String(first?.id), name: 'side' })
    await talk.say('b')
    await talk.session.messages.append(user('behind'))
    await talk.saver.pruneCheckpoints({ threadId: talk.thread, keepLast: 1 })
    expect(await talk.listed()).toEqual(['a', 'to a', 'kept', 'b', 'to b', 'behind'])
    expect(textsOf(await talk.session.messages.list({ branch: 'side' }))).toEqual(['a'])
  })
})
