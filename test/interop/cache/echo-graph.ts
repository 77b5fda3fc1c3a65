import type { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage } from '@langchain/core/messages'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'

/** Answers with what it was told, and how many messages it then knows. */
export const echoGraph = (checkpointer: EverthreadSaver) =>
  new StateGraph(MessagesAnnotation)
    .addNode('echo', ({ messages }) => ({
      messages: [new AIMessage(`${String(messages.at(-1)?.content)} (${messages.length})`)],
    }))
    .addEdge('__start__', 'echo')
    .compile({ checkpointer })
