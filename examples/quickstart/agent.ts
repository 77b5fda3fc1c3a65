import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, SystemMessage } from '@langchain/core/messages'
import { type BaseCheckpointSaver, END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import { ToolNode } from '@langchain/langgraph/prebuilt'

import { Folder } from './folder.ts'
import { folderTools } from './tools.ts'

const instructions = `You answer questions about one folder of files. Look things up with the tools before you answer,
quote what you found as path:line, and say so when the folder does not tell. Questions about the conversation itself
you answer from the conversation.`

export interface AgentOptions {
  checkpointer: BaseCheckpointSaver
  model: BaseChatModel
  /** The folder that questions are about. */
  folder: string
  /** Called before each step of the model, with the messages so far; the model waits for it. */
  beforeModel?: (messages: typeof MessagesAnnotation.State.messages) => Promise<void>
}

export type Agent = ReturnType<typeof createAgent>

/** A LangGraph agent: the model asks for tools until it can answer. Each step is a checkpoint. */
export function createAgent({ checkpointer, model, folder, beforeModel }: AgentOptions) {
  const tools = folderTools(new Folder(folder))
  if (!model.bindTools) throw new Error('The model cannot call tools: name another in EVERTHREAD_MODEL.')
  const bound = model.bindTools(tools)
  return new StateGraph(MessagesAnnotation)
    .addNode('agent', async ({ messages }) => {
      await beforeModel?.(messages)
      return { messages: [await bound.invoke([new SystemMessage(instructions), ...messages])] }
    })
    .addNode('tools', new ToolNode(tools))
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', ({ messages }) => (asksForTools(messages) ? 'tools' : END), ['tools', END])
    .addEdge('tools', 'agent')
    .compile({ checkpointer })
}

function asksForTools(messages: typeof MessagesAnnotation.State.messages): boolean {
  const last = messages.at(-1)
  return AIMessage.isInstance(last) && (last.tool_calls?.length ?? 0) > 0
}
