import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint'
import type { Turn } from './turns.ts'

export interface Thread {
  /** Runs turn `index`: user, agent, tools, agent. Five checkpoints. */
  run(index: number): Promise<void>
  /** The JSON of the thread's messages as they are now. */
  messagesJson(): Promise<string>
}

/** A LangGraph thread whose model says what the turns say: only the saver's work differs from one run to the next. */
export function openThread(checkpointer: BaseCheckpointSaver, turns: readonly Turn[], threadId: string): Thread {
  let index = 0
  const current = (): Turn => {
    const turn = turns[index]
    if (!turn) throw new Error(`There are ${turns.length} turns and turn ${index} was asked for.`)
    return turn
  }
  const agent = (state: typeof MessagesAnnotation.State): typeof MessagesAnnotation.Update => {
    const turn = current()
    const answering = state.messages.at(-1)?.getType() === 'tool'
    const input = 1200 + (index % 700)
    const output = answering ? 150 : 30
    const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output }
    const message = new AIMessage({
      id: answering ? turn.ids[3] : turn.ids[1],
      content: answering ? turn.answer : '',
      tool_calls: answering ? [] : [{ ...turn.call, type: 'tool_call' }],
      response_metadata: { finish_reason: answering ? 'stop' : 'tool_calls', usage },
    })
    return { messages: [message] }
  }
  const tools = (): typeof MessagesAnnotation.Update => {
    const { call, result, ids } = current()
    return { messages: [new ToolMessage({ id: ids[2], tool_call_id: call.id, name: call.name, content: result })] }
  }
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('agent', agent)
    .addNode('tools', tools)
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', ({ messages }) => (asksForTool(messages.at(-1)) ? 'tools' : END))
    .addEdge('tools', 'agent')
    .compile({ checkpointer })
  const config = { configurable: { thread_id: threadId } }

  return {
    run: async (next) => {
      index = next
      const turn = current()
      await graph.invoke({ messages: [new HumanMessage({ id: turn.ids[0], content: turn.question })] }, config)
    },
    messagesJson: async () => JSON.stringify((await graph.getState(config)).values.messages),
  }
}

function asksForTool(message: BaseMessage | undefined): boolean {
  return message instanceof AIMessage && (message.tool_calls?.length ?? 0) > 0
}
