import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { Command, interrupt, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { account, type Given, historyOf, type Scenario } from '../scenario.ts'

const asked = { messages: [new HumanMessage({ id: 'u', content: 'May I?' })] }

/** A node that asks as many questions as it is told, one after the other. */
const asking = (given: Given, questions: number) =>
  new StateGraph(MessagesAnnotation)
    .addNode('prepare', () => ({ messages: [new AIMessage({ id: 'prepared', content: 'ready '.repeat(100) })] }))
    .addNode('ask', () => {
      const answers = Array.from({ length: questions }, (_, n) => interrupt({ question: n, of: ['yes', 'no'] }))
      return { messages: [new AIMessage({ id: 'asked', content: JSON.stringify(answers) })] }
    })
    .addEdge(START, 'prepare')
    .addEdge('prepare', 'ask')
    .compile({ checkpointer: given.saver() })

const sides = ['left', 'right'] as const

/** Two nodes at once that each ask a question. */
const askingTwice = (given: Given) =>
  new StateGraph(MessagesAnnotation)
    .addNode('left', () => ({ messages: [new AIMessage({ id: 'l', content: `left ${interrupt('left?')}` })] }))
    .addNode('right', () => ({ messages: [new AIMessage({ id: 'r', content: `right ${interrupt('right?')}` })] }))
    .addEdge(START, 'left')
    .addEdge(START, 'right')
    .compile({ checkpointer: given.saver() })

const durabilities = ['sync', 'async', 'exit'] as const

export const interrupts: Scenario[] = [
  ...durabilities.map((durability) => ({
    name: `a question, answered by a resume in another run, durability ${durability}`,
    async play(given: Given) {
      const config = { ...given.config, durability }
      const first = await asking(given, 1).invoke(asked, config)
      const between = await account(asking(given, 1), given)
      await asking(given, 1).invoke(new Command({ resume: { yes: true, when: [1, 2] } }), config)
      return { first, between, account: await account(asking(given, 1), given) }
    },
  })),
  {
    name: 'three questions of one node, answered one by one',
    async play(given) {
      await asking(given, 3).invoke(asked, given.config)
      const seen: unknown[] = []
      for (const answer of ['a', 'b', 'c']) {
        await asking(given, 3).invoke(new Command({ resume: answer }), given.config)
        seen.push(await account(asking(given, 3), given))
      }
      return seen
    },
  },
  {
    name: 'questions of two nodes at once, answered by id',
    async play(given) {
      await askingTwice(given).invoke(asked, given.config)
      const { tasks } = await askingTwice(given).getState(given.config)
      const open = tasks.flatMap((task) => task.interrupts)
      const resume = Object.fromEntries(open.map(({ id, value }) => [id, `yes to ${value}`]))
      await askingTwice(given).invoke(new Command({ resume }), given.config)
      return account(askingTwice(given), given)
    },
  },
  {
    name: 'questions of two nodes at once, answered one after the other',
    async play(given) {
      await askingTwice(given).invoke(asked, given.config)
      const seen: unknown[] = []
      for (const side of sides) {
        const { tasks } = await askingTwice(given).getState(given.config)
        const open = tasks.flatMap((task) => task.interrupts).find(({ value }) => value === `${side}?`)
        await askingTwice(given).invoke(new Command({ resume: { [open?.id ?? '']: side } }), given.config)
        seen.push(await account(askingTwice(given), given))
      }
      return seen
    },
  },
  {
    name: 'the same question answered again from its checkpoint, another way',
    async play(given) {
      await asking(given, 1).invoke(asked, given.config)
      const waiting = (await historyOf(asking(given, 1), given))[0]
      await asking(given, 1).invoke(new Command({ resume: 'yes' }), given.config)
      await asking(given, 1).invoke(new Command({ resume: 'no' }), waiting?.config)
      return account(asking(given, 1), given)
    },
  },
  {
    name: 'a stop before and after a node, with the state updated meanwhile',
    async play(given) {
      const graph = () =>
        new StateGraph(MessagesAnnotation)
          .addNode('a', () => ({ messages: [new AIMessage({ id: 'a', content: 'a' })] }))
          .addNode('b', ({ messages }) => ({ messages: [new AIMessage({ id: 'b', content: `${messages.length}` })] }))
          .addEdge(START, 'a')
          .addEdge('a', 'b')
          .compile({ checkpointer: given.saver(), interruptBefore: ['a'], interruptAfter: ['b'] })
      await graph().invoke(asked, given.config)
      await graph().updateState(given.config, {
        messages: [new HumanMessage({ id: 'more', content: 'one more thing' })],
      })
      await graph().invoke(null, given.config)
      await graph().invoke(null, given.config)
      return account(graph(), given)
    },
  },
]
