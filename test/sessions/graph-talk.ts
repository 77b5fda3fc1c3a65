import { randomUUID } from 'node:crypto'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import {
  Annotation,
  DeltaChannel,
  interrupt,
  MessagesAnnotation,
  messagesDeltaReducer,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { expect } from 'vitest'
import type { Scene } from './scene.ts'
import { textsOf } from './talk.ts'

const DeltaMessages = Annotation.Root({
  messages: () => new DeltaChannel(messagesDeltaReducer) as never,
}) as unknown as typeof MessagesAnnotation
export const channels: { plain: typeof MessagesAnnotation; delta: typeof MessagesAnnotation } = {
  plain: MessagesAnnotation,
  delta: DeltaMessages,
}
export const durabilities = ['sync', 'async', 'exit'] as const
export type Durability = (typeof durabilities)[number]

export const contents = (messages: readonly BaseMessage[]): unknown[] => messages.map(({ content }) => content)

/** A graph that answers with what it has seen, on a thread that is a session, too. */
export class GraphTalk {
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
    const texts = textsOf(await this.session.messages.list())
    const found = await this.#scene.manager().asService().get(this.thread)
    expect(found?.counts.messages).toBe(texts.length)
    for (const { name, messages } of (await found?.branches.list()) ?? []) {
      expect(await found?.messages.list({ branch: name })).toHaveLength(messages)
    }
    return texts
  }
}
