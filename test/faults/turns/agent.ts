import { AIMessage, type BaseMessage } from '@langchain/core/messages'
import { END, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint'

/** Answers each message with `to ` and its text, in two nodes, with time between for others to get in. */
export const agentOn = (checkpointer: BaseCheckpointSaver) =>
  new StateGraph(MessagesAnnotation)
    .addNode('think', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return {}
    })
    .addNode('answer', ({ messages }) => ({ messages: [new AIMessage(`to ${messages.at(-1)?.content}`)] }))
    .addEdge(START, 'think')
    .addEdge('think', 'answer')
    .addEdge('answer', END)
    .compile({ checkpointer })

export const textsOf = (values: { messages?: BaseMessage[] }): string[] =>
  (values.messages ?? []).map(({ content }) => String(content))
