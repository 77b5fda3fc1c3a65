import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { account, type Given, historyOf, type Scenario, view } from '../scenario.ts'
import { toolGraph } from './agents.ts'

const graphOf = (given: Given) => toolGraph().compile({ checkpointer: given.saver() })

const human = (id: string): HumanMessage => new HumanMessage({ id, content: `${id}?` })

async function talk(given: Given, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await graphOf(given).invoke({ messages: [human(`user-${turn}`)] }, given.config)
  }
}

export const timeTravel: Scenario[] = [
  {
    name: 'the state at every checkpoint of the past',
    async play(given) {
      await talk(given, 3)
      const past: unknown[] = []
      for (const { config } of await historyOf(graphOf(given), given))
        past.push(view(await graphOf(given).getState(config)))
      return past
    },
  },
  {
    name: 'a replay from an old checkpoint',
    async play(given) {
      await talk(given, 3)
      const history = await historyOf(graphOf(given), given)
      await graphOf(given).invoke(null, history[6]?.config)
      return account(graphOf(given), given)
    },
  },
  {
    name: 'a fork of an old checkpoint by an update, continued, and the newest after it',
    async play(given) {
      await talk(given, 3)
      const history = await historyOf(graphOf(given), given)
      const changed = new AIMessage({ id: 'ask-1', content: 'no call this time' })
      const forked = await graphOf(given).updateState(history[11]?.config ?? {}, { messages: [changed] })
      const branch = await graphOf(given).invoke({ messages: [human('branch')] }, forked)
      await graphOf(given).invoke({ messages: [human('newest')] }, given.config)
      await graphOf(given).invoke({ messages: [human('main')] }, history[0]?.config)
      return { branch, account: await account(graphOf(given), given) }
    },
  },
  {
    name: 'updates of the state, as a node and in bulk',
    async play(given) {
      await talk(given, 1)
      await graphOf(given).updateState(given.config, { messages: [human('as user')] }, '__start__')
      await graphOf(given).updateState(
        given.config,
        { messages: [new AIMessage({ id: 'as-agent', content: 'x' })] },
        'agent',
      )
      await graphOf(given).bulkUpdateState(given.config, [
        { updates: [{ values: { messages: [human('b1')] }, asNode: '__start__' }] },
        { updates: [{ values: { messages: [new AIMessage({ id: 'b2', content: 'y' })] }, asNode: 'agent' }] },
      ])
      return account(graphOf(given), given)
    },
  },
  {
    name: 'a copy of an old checkpoint, run from there, and the end of a run by an update',
    async play(given) {
      await talk(given, 3)
      const history = await historyOf(graphOf(given), given)
      const copy = await graphOf(given).updateState(history[7]?.config ?? {}, null, '__copy__')
      await graphOf(given).invoke(null, copy)
      await graphOf(given).updateState(history[9]?.config ?? {}, null, '__end__')
      return account(graphOf(given), given)
    },
  },
  {
    name: 'a page of the history, filtered and before a checkpoint',
    async play(given) {
      await talk(given, 3)
      const history = await historyOf(graphOf(given), given)
      const pages: unknown[] = []
      for (const options of [
        { limit: 3 },
        { filter: { source: 'input' } },
        ...(history[4] ? [{ limit: 2, before: history[4].config }] : []),
      ]) {
        for await (const snapshot of graphOf(given).getStateHistory(given.config, options)) pages.push(view(snapshot))
        pages.push('end')
      }
      return pages
    },
  },
]
