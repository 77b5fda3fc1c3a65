import { AIMessage, type BaseMessage, HumanMessage, RemoveMessage, SystemMessage } from '@langchain/core/messages'
import { Annotation, END, MessagesAnnotation, REMOVE_ALL_MESSAGES, START, StateGraph } from '@langchain/langgraph'
import { account, type Given, historyOf, type Scenario } from '../scenario.ts'

type Update = typeof MessagesAnnotation.Update
type Said = NonNullable<Update['messages']>

/** A graph of one node that answers with what it is told. */
const saying = (given: Given, update: Update) =>
  new StateGraph(MessagesAnnotation)
    .addNode('say', () => update)
    .addEdge(START, 'say')
    .addEdge('say', END)
    .compile({ checkpointer: given.saver() })

const human = (id: string): HumanMessage => new HumanMessage({ id, content: `${id} `.repeat(50) })
const ai = (id: string, words = id): AIMessage => new AIMessage({ id, content: `${words} `.repeat(50) })

async function run(given: Given, input: Said, output: Said): Promise<void> {
  await saying(given, { messages: output }).invoke({ messages: input }, given.config)
}

export const messages: Scenario[] = [
  {
    name: 'RemoveMessage takes one out of the middle',
    async play(given) {
      await run(given, [human('a')], [ai('b')])
      await run(given, [human('c')], [ai('d')])
      await run(given, [human('e')], [new RemoveMessage({ id: 'b' }), ai('f')])
      await run(given, [new RemoveMessage({ id: 'a' })], [ai('g')])
      return account(saying(given, {}), given)
    },
  },
  {
    name: 'a message with a known id replaces the one that has it',
    async play(given) {
      await run(given, [human('a')], [ai('b')])
      await run(given, [human('c')], [ai('b', 'rewritten')])
      await run(given, [new SystemMessage({ id: 'a', content: 'another kind' })], [ai('d')])
      return account(saying(given, {}), given)
    },
  },
  {
    name: 'all messages removed and the conversation begun anew',
    async play(given) {
      await run(given, [human('a')], [ai('b')])
      await run(given, [new RemoveMessage({ id: REMOVE_ALL_MESSAGES }), human('c')], [ai('d')])
      await run(given, [human('e')], [new RemoveMessage({ id: REMOVE_ALL_MESSAGES })])
      await run(given, [human('f')], [ai('g')])
      return account(saying(given, {}), given)
    },
  },
  {
    name: 'messages without ids, as tuples and as plain objects, get them from the reducer',
    async play(given) {
      await run(given, [new HumanMessage('one')], [new AIMessage('two')])
      await run(given, 'three', [{ role: 'assistant', content: 'four' }])
      await run(given, [['user', 'five']], new AIMessage('six'))
      return account(saying(given, {}), given)
    },
  },
  {
    name: 'a message changed in place by a node',
    async play(given) {
      const graph = () =>
        new StateGraph(MessagesAnnotation)
          .addNode('spoil', ({ messages: [first] }) => {
            if (first) {
              first.content = `changed ${String(first.content)}`
              first.additional_kwargs.seen = { times: 1 }
            }
            return { messages: first ? [first] : [] }
          })
          .addNode('say', ({ messages: { length } }) => ({ messages: [ai(`say-${length}`)] }))
          .addEdge(START, 'spoil')
          .addEdge('spoil', 'say')
          .compile({ checkpointer: given.saver() })
      // Otherwise LangGraph hands a checkpoint to the saver while the next node may be changing what is in it.
      const config = { ...given.config, durability: 'sync' as const }
      for (const id of ['a', 'b', 'c']) await graph().invoke({ messages: [human(id)] }, config)
      // Not their lc_kwargs: MemorySaver makes them anew of what was changed, where ours stay as they were.
      const states = await historyOf(graph(), given)
      return states.map(({ values }) => values.messages?.map((message: BaseMessage) => message.toDict()))
    },
  },
  {
    name: 'several lists of messages in one state, one of them replaced at every turn',
    async play(given) {
      const State = Annotation.Root({
        ...MessagesAnnotation.spec,
        window: Annotation<AIMessage[]>,
        last: Annotation<HumanMessage>,
      })
      const graph = () =>
        new StateGraph(State)
          .addNode('say', ({ messages }) => ({
            messages: [ai(`say-${messages.length}`)],
            window: messages.filter((message) => AIMessage.isInstance(message)).slice(-2),
            last: messages.at(-1) as HumanMessage,
          }))
          .addEdge(START, 'say')
          .compile({ checkpointer: given.saver() })
      for (const id of ['a', 'b', 'c', 'd']) await graph().invoke({ messages: [human(id)] }, given.config)
      return account(graph(), given)
    },
  },
]
