import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import { DynamicTool } from '@langchain/core/tools'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { ToolNode, toolsCondition } from '@langchain/langgraph/prebuilt'
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint'
import type { Turn } from './turns.ts'

export interface Thread {
  /** Runs turn `index`: user, agent, tools, agent. Five checkpoints. */
  run(index: number): Promise<void>
  /** The JSON of the thread's messages as they are now. */
  messagesJson(): Promise<string>
}

/**
 * A LangGraph tool-calling agent as people build it: a chat model, a `ToolNode`, the prebuilt condition. The model and
 * the tool say what the turns say, so that only the saver's work differs from one run to the next.
 */
export function openThread(checkpointer: BaseCheckpointSaver, turns: readonly Turn[], threadId: string): Thread {
  let index = 0
  const current = (): Turn => {
    const turn = turns[index]
    if (!turn) throw new Error(`There are ${turns.length} turns and turn ${index} was asked for.`)
    return turn
  }
  const model = new ScriptedModel((messages) => {
    const turn = current()
    const answering = messages.at(-1)?.getType() === 'tool'
    const input = 1200 + (index % 700)
    const output = answering ? 150 : 30
    const usage = { input_tokens: input, output_tokens: output, total_tokens: input + output }
    return new AIMessage({
      id: answering ? turn.ids[3] : turn.ids[1],
      content: answering ? turn.answer : '',
      tool_calls: answering ? [] : [{ ...turn.call, type: 'tool_call' }],
      response_metadata: { finish_reason: answering ? 'stop' : 'tool_calls', usage },
    })
  })
  const tools = [...new Set(turns.map(({ call }) => call.name))].map(
    (name) =>
      new DynamicTool({
        name,
        description: name,
        func: async () => {
          const { call, result, ids } = current()
          return new ToolMessage({ id: ids[2], tool_call_id: call.id, name, content: result })
        },
      }),
  )
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('agent', async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', toolsCondition, ['tools', END])
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

class ScriptedModel extends BaseChatModel {
  readonly #say: (messages: BaseMessage[]) => AIMessage

  constructor(say: (messages: BaseMessage[]) => AIMessage) {
    super({})
    this.#say = say
  }

  _llmType(): string {
    return 'scripted'
  }

  async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const message = this.#say(messages)
    return { generations: [{ message, text: String(message.content) }] }
  }
}
