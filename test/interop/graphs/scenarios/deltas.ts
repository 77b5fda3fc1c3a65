import { AIMessage, type BaseMessage, HumanMessage, RemoveMessage } from '@langchain/core/messages'
import { Annotation, DeltaChannel, END, messagesDeltaReducer, START, StateGraph } from '@langchain/langgraph'
import { account, type Given, historyOf, type Scenario } from '../scenario.ts'

type Write = BaseMessage | BaseMessage[]

const spec = (snapshotFrequency: number) => ({
  messages: () => new DeltaChannel<BaseMessage[], Write>(messagesDeltaReducer as never, { snapshotFrequency }),
  log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
})

/** A conversation whose messages are stored as their writes, with the whole of them now and then. */
function conversation(given: Given, every: number) {
  const State = Annotation.Root(spec(every) as never) as unknown as ReturnType<typeof stateOf>
  return new StateGraph(State)
    .addNode('think', ({ messages }: { messages: BaseMessage[] }) => ({
      messages: [new AIMessage({ id: `think-${messages.length}`, content: `after ${messages.length} `.repeat(60) })],
    }))
    .addNode('say', ({ messages }: { messages: BaseMessage[] }) => ({
      messages: [new AIMessage({ id: `say-${messages.length}`, content: `${messages.length} `.repeat(60) })],
      log: [`said ${messages.length}`],
    }))
    .addEdge(START, 'think')
    .addEdge('think', 'say')
    .addEdge('say', END)
    .compile({ checkpointer: given.saver() })
}

const stateOf = () => Annotation.Root({ messages: Annotation<BaseMessage[]>, log: Annotation<string[]> })

const human = (n: number): HumanMessage => new HumanMessage({ id: `u${n}`, content: `Question ${n}` })

const durabilities = ['sync', 'async', 'exit'] as const

export const deltas: Scenario[] = [
  ...durabilities.flatMap((durability) =>
    [1, 3, 1000].map((every) => ({
      name: `six turns on a delta channel, a snapshot every ${every} updates, durability ${durability}`,
      async play(given: Given) {
        const config = { ...given.config, durability }
        for (let turn = 0; turn < 6; turn++)
          await conversation(given, every).invoke({ messages: [human(turn)] }, config)
        return account(conversation(given, every), given)
      },
    })),
  ),
  {
    name: 'messages of a delta channel removed and replaced',
    async play(given) {
      for (let turn = 0; turn < 3; turn++)
        await conversation(given, 4).invoke({ messages: [human(turn)] }, given.config)
      await conversation(given, 4).invoke({ messages: [new RemoveMessage({ id: 'u1' }), human(7)] }, given.config)
      await conversation(given, 4).invoke(
        { messages: [new HumanMessage({ id: 'u0', content: 'other' })] },
        given.config,
      )
      return account(conversation(given, 4), given)
    },
  },
  {
    name: 'a delta channel forked from the past, both branches continued',
    async play(given) {
      for (let turn = 0; turn < 4; turn++)
        await conversation(given, 3).invoke({ messages: [human(turn)] }, given.config)
      const past = (await historyOf(conversation(given, 3), given))[7]
      const forked = await conversation(given, 3).updateState(past?.config ?? {}, { messages: [human(50)] }, 'say')
      await conversation(given, 3).invoke({ messages: [human(51)] }, forked)
      await conversation(given, 3).invoke({ messages: [human(52)] }, given.config)
      // LangGraph replays the writes of both branches at the fork, in the order of their random task ids.
      const { values } = await conversation(given, 3).getState(given.config)
      return values.messages.map(({ id }: BaseMessage) => id).sort()
    },
  },
]
