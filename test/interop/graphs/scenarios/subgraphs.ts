import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { Annotation, Command, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { account, type Given, type Scenario } from '../scenario.ts'

const Inner = Annotation.Root({ ...MessagesAnnotation.spec, visits: Annotation<number[]> })

/** A child that keeps count of its visits, asks when told to, and hands its messages up. */
function child(options: { ask: boolean; checkpointer?: true }) {
  const builder = new StateGraph(Inner)
    .addNode('count', ({ visits = [] }) => ({ visits: [...visits, visits.length] }))
    .addNode('speak', ({ messages, visits = [] }) => {
      const heard = options.ask ? interrupt(`visit ${visits.length}?`) : 'nothing'
      return { messages: [new AIMessage({ id: `child-${messages.length}`, content: `${heard} `.repeat(100) })] }
    })
    .addEdge(START, 'count')
    .addEdge('count', 'speak')
  return builder.compile(options.checkpointer ? { checkpointer: true } : {})
}

function parent(given: Given, options: { ask: boolean; checkpointer?: true }) {
  return new StateGraph(MessagesAnnotation)
    .addNode('before', ({ messages }) => ({
      messages: [new AIMessage({ id: `before-${messages.length}`, content: 'in' })],
    }))
    .addNode('child', child(options))
    .addNode('after', ({ messages }) => ({
      messages: [new AIMessage({ id: `after-${messages.length}`, content: 'out' })],
    }))
    .addEdge(START, 'before')
    .addEdge('before', 'child')
    .addEdge('child', 'after')
    .compile({ checkpointer: given.saver() })
}

const said = (n: number): { messages: HumanMessage[] } => ({
  messages: [new HumanMessage({ id: `u${n}`, content: `${n}` })],
})

/** What a saver holds of every namespace. */
async function namespaces(given: Given): Promise<unknown> {
  const seen: unknown[] = []
  for await (const { config, checkpoint } of given.saver().list(given.config)) {
    seen.push([config.configurable?.checkpoint_ns, checkpoint.channel_values])
  }
  return seen.map((one) => JSON.stringify(one)).sort()
}

export const subgraphs: Scenario[] = [
  {
    name: 'a child in a namespace of its own, two turns',
    async play(given) {
      for (const n of [1, 2]) await parent(given, { ask: false }).invoke(said(n), given.config)
      return account(parent(given, { ask: false }), given)
    },
  },
  {
    name: 'a child that remembers between turns',
    async play(given) {
      const options = { ask: false, checkpointer: true } as const
      for (const n of [1, 2, 3]) await parent(given, options).invoke(said(n), given.config)
      const inner = await given
        .saver()
        .getTuple({ configurable: { ...given.config.configurable, checkpoint_ns: 'child' } })
      return { visits: inner?.checkpoint.channel_values.visits, account: await account(parent(given, options), given) }
    },
  },
  {
    name: 'a question of the child, answered in another run',
    async play(given) {
      const options = { ask: true }
      await parent(given, options).invoke(said(1), given.config)
      const between = await account(parent(given, options), given)
      await parent(given, options).invoke(new Command({ resume: 'yes' }), given.config)
      return { between, account: await account(parent(given, options), given) }
    },
  },
  {
    name: 'the state of a waiting child updated from outside',
    async play(given) {
      const options = { ask: true }
      await parent(given, options).invoke(said(1), given.config)
      const { tasks } = await parent(given, options).getState(given.config, { subgraphs: true })
      const inner = tasks[0]?.state
      if (!inner || !('config' in inner)) throw new Error('The child waits in a state of its own')
      await parent(given, options).updateState(inner.config, { visits: [7, 8, 9] })
      await parent(given, options).invoke(new Command({ resume: 'yes' }), given.config)
      return account(parent(given, options), given)
    },
  },
  {
    name: 'all namespaces of a thread are listed',
    async play(given) {
      const options = { ask: true }
      await parent(given, options).invoke(said(1), given.config)
      const seen = (await namespaces(given)) as string[]
      return seen.length
    },
  },
  {
    name: 'grandchildren that leave for the parent by Command',
    async play(given) {
      const inner = new StateGraph(MessagesAnnotation)
        .addNode(
          'leave',
          () =>
            new Command({
              goto: 'end',
              graph: Command.PARENT,
              update: { messages: [new AIMessage({ id: 'left', content: 'x' })] },
            }),
        )
        .addEdge(START, 'leave')
        .compile()
      const graph = () =>
        new StateGraph(MessagesAnnotation)
          .addNode('inner', inner, { ends: ['end'] })
          .addNode('end', () => ({ messages: [new AIMessage({ id: 'end', content: 'y' })] }))
          .addEdge(START, 'inner')
          .compile({ checkpointer: given.saver() })
      await graph().invoke(said(1), given.config)
      return account(graph(), given)
    },
  },
]
