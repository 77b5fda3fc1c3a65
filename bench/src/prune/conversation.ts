import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages'
import type { Turn } from '../turns.ts'

/** A thread of LangChain messages: a system message, then turns of a question, a call, its result and an answer. */
export function threadOf(turns: readonly Turn[], count: number): BaseMessage[] {
  const messages: BaseMessage[] = [new SystemMessage('You help.')]
  for (const { question, call, result, answer, ids } of turns) {
    messages.push(
      new HumanMessage({ id: ids[0], content: question }),
      new AIMessage({ id: ids[1], content: '', tool_calls: [call] }),
      new ToolMessage({ id: ids[2], content: result, tool_call_id: call.id, name: call.name }),
      new AIMessage({ id: ids[3], content: answer }),
    )
  }
  return messages.slice(0, count)
}

/** A quarter of the characters: the cheapest counter there is, so that what is measured is not the counter. */
export function quarterOf(text: string): number {
  return Math.ceil(text.length / 4)
}

/** A counter for trimMessages, which hands over lists of messages. */
export function listCounter(count: (text: string) => number): (messages: readonly BaseMessage[]) => number {
  return (messages) => {
    let tokens = 0
    for (const { content } of messages) tokens += 4 + count(content as string)
    return tokens
  }
}
