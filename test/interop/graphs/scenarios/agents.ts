import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { fakeModel } from '@langchain/core/testing'
import { tool } from '@langchain/core/tools'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { createAgent } from 'langchain'
import { z } from 'zod'
import { account, type Given, type Scenario } from '../scenario.ts'

/** A user, agent, tools, agent turn; the tool is called when the last word is the user's. */
export function toolGraph() {
  return new StateGraph(MessagesAnnotation)
    .addNode('agent', ({ messages }) => {
      const n = messages.length
      const isAsked = HumanMessage.isInstance(messages.at(-1))
      const call = { id: `call-${n}`, name: 'look', args: { at: n, deep: { list: [n] } }, type: 'tool_call' as const }
      return {
        messages: [
          isAsked
            ? new AIMessage({ id: `ask-${n}`, content: '', tool_calls: [call] })
            : new AIMessage({ id: `say-${n}`, content: `It is ${n}. `.repeat(40) }),
        ],
      }
    })
    .addNode('tools', ({ messages }) => {
      const { tool_calls: calls = [] } = messages.at(-1) as AIMessage
      return {
        messages: calls.map(
          ({ id = '', name, args }) =>
            new ToolMessage({
              id: `got-${id}`,
              tool_call_id: id,
              name,
              content: `${args.at} `.repeat(300),
              artifact: args,
            }),
        ),
      }
    })
    .addEdge(START, 'agent')
    .addConditionalEdges(
      'agent',
      ({ messages }) => ((messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : END),
      ['tools', END],
    )
    .addEdge('tools', 'agent')
}

const durabilities = ['sync', 'async', 'exit'] as const

const turns: Scenario[] = durabilities.map((durability) => ({
  name: `four tool-calling turns, durability ${durability}`,
  async play(given) {
    for (let turn = 0; turn < 4; turn++) {
      const graph = toolGraph().compile({ checkpointer: given.saver() })
      const said = new HumanMessage({ id: `user-${turn}`, content: `Question ${turn}?` })
      await graph.invoke({ messages: [said] }, { ...given.config, durability })
    }
    return account(toolGraph().compile({ checkpointer: given.saver() }), given)
  },
}))

const look = tool(async ({ at }) => [`seen at ${at}`, { at, tags: [at] }], {
  name: 'look',
  description: 'Looks somewhere',
  schema: z.object({ at: z.number() }),
  responseFormat: 'content_and_artifact',
})

const usage = { input_tokens: 3, output_tokens: 5, total_tokens: 8 }

function agentOf(given: Given, turn: number) {
  const model = fakeModel()
    .respond(
      new AIMessage({
        id: `calls-${turn}`,
        content: 'I look twice.',
        tool_calls: [1, 2].map((at) => ({
          id: `call-${turn}-${at}`,
          name: 'look',
          args: { at },
          type: 'tool_call' as const,
        })),
      }),
    )
    .respond(new AIMessage({ id: `answer-${turn}`, content: `Seen ${turn}.`, response_metadata: { usage } }))
  return createAgent({ model, tools: [look], checkpointer: given.saver() })
}

const made: Scenario = {
  name: 'createAgent with tools that run in parallel, three turns',
  async play(given) {
    const answers: unknown[] = []
    for (let turn = 0; turn < 3; turn++) {
      const said = new HumanMessage({ id: `user-${turn}`, content: `Look ${turn}` })
      answers.push((await agentOf(given, turn).invoke({ messages: [said] }, given.config)).messages.at(-1))
    }
    return { answers, account: await account(agentOf(given, 9).graph, given) }
  },
}

const streamed: Scenario = {
  name: 'createAgent by streamEvents, then by stream',
  async play(given) {
    const events: unknown[] = []
    const first = { messages: [new HumanMessage({ id: 'u1', content: 'Look' })] }
    for await (const { event, name } of agentOf(given, 0).streamEvents(first, { ...given.config, version: 'v2' })) {
      events.push(`${event} ${name}`)
    }
    const second = { messages: [new HumanMessage({ id: 'u2', content: 'Look again' })] }
    const chunks: unknown[] = []
    for await (const chunk of await agentOf(given, 1).stream(second, { ...given.config, streamMode: 'values' })) {
      chunks.push(chunk)
    }
    return { events, chunks, account: await account(agentOf(given, 9).graph, given) }
  },
}

const failing: Scenario = {
  name: 'a node that fails, and succeeds in the next run',
  async play(given) {
    const runs: string[] = []
    let broken = true
    const graph = () =>
      new StateGraph(MessagesAnnotation)
        .addNode('steady', () => {
          runs.push('steady')
          return { messages: [new AIMessage({ id: 'steady', content: 'done once' })] }
        })
        .addNode('shaky', () => {
          runs.push('shaky')
          if (broken) throw new RangeError('not yet')
          return { messages: [new AIMessage({ id: 'shaky', content: 'done at last' })] }
        })
        .addEdge(START, 'steady')
        .addEdge(START, 'shaky')
        .compile({ checkpointer: given.saver() })
    const outcome = await graph()
      .invoke({ messages: [new HumanMessage({ id: 'u', content: 'go' })] }, given.config)
      .catch((error: Error) => error.message)
    const between = await account(graph(), given)
    broken = false
    await graph().invoke(null, given.config)
    return { outcome, between, runs, account: await account(graph(), given) }
  },
}

export const agents: Scenario[] = [...turns, made, streamed, failing]
