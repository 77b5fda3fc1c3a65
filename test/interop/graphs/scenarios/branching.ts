import { Annotation, Command, END, Send, START, StateGraph } from '@langchain/langgraph'
import { account, type Given, type Scenario } from '../scenario.ts'

const State = Annotation.Root({
  log: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
  files: Annotation<Record<string, string>>({ reducer: (a, b) => ({ ...a, ...b }), default: () => ({}) }),
  round: Annotation<number>({ reducer: (_, b) => b, default: () => 0 }),
})

const words = (name: string): string => `${name} `.repeat(150)

export const branching: Scenario[] = [
  {
    name: 'parallel nodes that write to the same channels',
    async play(given) {
      const graph = () =>
        ['a', 'b', 'c']
          .reduce(
            (builder, name) =>
              builder.addNode(name, ({ round }: typeof State.State) => ({
                log: [`${name}${round}`],
                files: { [`${name}${round}`]: words(name) },
              })),
            new StateGraph(State) as StateGraph<typeof State.spec, typeof State.State, typeof State.Update, string>,
          )
          .addNode('join', ({ round }) => ({ round: round + 1, log: ['joined'] }))
          .addEdge(START, 'a')
          .addEdge(START, 'b')
          .addEdge(START, 'c')
          .addEdge(['a', 'b', 'c'], 'join')
          .addConditionalEdges('join', ({ round }) => (round % 3 === 0 ? END : ['a', 'b', 'c']), ['a', 'b', 'c', END])
          .compile({ checkpointer: given.saver() })
      await graph().invoke({ log: ['first'] }, given.config)
      await graph().invoke({ log: ['second'] }, given.config)
      return account(graph(), given)
    },
  },
  {
    name: 'Send fans out to a node many times',
    async play(given) {
      const graph = () =>
        new StateGraph(State)
          .addNode('plan', ({ round }) => ({ round: round + 1 }))
          .addNode('work', ({ item }: { item: { n: number; tags: Set<string> } }) => ({
            log: [`worked ${item.n} ${item.tags?.size}`],
            files: { [`f${item.n}`]: words(`item ${item.n}`) },
          }))
          .addEdge(START, 'plan')
          .addConditionalEdges(
            'plan',
            () => Array.from({ length: 12 }, (_, n) => new Send('work', { item: { n, tags: new Set([`t${n}`]) } })),
            ['work'],
          )
          .compile({ checkpointer: given.saver() })
      await graph().invoke({}, given.config)
      await graph().invoke({ log: ['again'] }, given.config)
      return account(graph(), given)
    },
  },
  {
    name: 'Send stopped before its targets and continued in another run',
    async play(given) {
      const graph = () =>
        new StateGraph(State)
          .addNode('plan', ({ round }) => ({ round: round + 1 }))
          .addNode('work', ({ item }: { item: number }) => ({ log: [`worked ${item}`] }))
          .addEdge(START, 'plan')
          .addConditionalEdges('plan', () => [1, 2, 3].map((item) => new Send('work', { item })), ['work'])
          .compile({ checkpointer: given.saver(), interruptBefore: ['work'] })
      await graph().invoke({}, given.config)
      const between = await account(graph(), given)
      await graph().invoke(null, given.config)
      return { between, account: await account(graph(), given) }
    },
  },
  {
    name: 'Command goes on and updates at once',
    async play(given) {
      const graph = () =>
        new StateGraph(State)
          .addNode(
            'route',
            ({ round }) => new Command({ goto: round > 2 ? END : 'step', update: { log: ['routed'] } }),
            {
              ends: ['step', END],
            },
          )
          .addNode('step', ({ round }) => new Command({ goto: 'route', update: { round: round + 1 } }), {
            ends: ['route'],
          })
          .addEdge(START, 'route')
          .compile({ checkpointer: given.saver() })
      await graph().invoke({}, given.config)
      return account(graph(), given)
    },
  },
  {
    name: 'many steps in one run, sealed on the way',
    play: (given) => manySteps(given, 70),
  },
]

async function manySteps(given: Given, steps: number): Promise<unknown> {
  const graph = () =>
    new StateGraph(State)
      .addNode('step', ({ round }) => ({
        round: round + 1,
        log: [`${round} ${words('step')}`],
        files: { last: `${round}` },
      }))
      .addEdge(START, 'step')
      .addConditionalEdges('step', ({ round }) => (round % steps === 0 ? END : 'step'), ['step', END])
      .compile({ checkpointer: given.saver() })
  await graph().invoke({}, { ...given.config, recursionLimit: 500 })
  await graph().invoke({ log: ['again'] }, { ...given.config, recursionLimit: 500 })
  return account(graph(), given)
}
