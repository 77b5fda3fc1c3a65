import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import type { RunnableConfig } from '@langchain/core/runnables'
import type { Agent } from './agent.ts'
import { thread } from './session.ts'

export interface TurnOptions {
  /** Told of every tool that the model asks for. */
  onCall?: (name: string, args: Record<string, unknown>) => void
  /** Another place to continue from than the end of the session. */
  from?: RunnableConfig
}

/** Asks a question and returns the answer. Every step is on disk before the next one starts. */
export function ask(agent: Agent, question: string, options: TurnOptions = {}): Promise<string> {
  return run(agent, { messages: [new HumanMessage(question)] }, options)
}

/** Finishes the turn that a process left unfinished, from its last checkpoint on. */
export function resume(agent: Agent, options: TurnOptions = {}): Promise<string> {
  return run(agent, null, options)
}

/** Whether the session's last turn was cut off. */
export async function isInterrupted(agent: Agent): Promise<boolean> {
  return (await agent.getState(thread)).next.length > 0
}

async function run(
  agent: Agent,
  input: { messages: BaseMessage[] } | null,
  { onCall, from = thread }: TurnOptions,
): Promise<string> {
  let answer = ''
  for await (const update of await agent.stream(input, { ...from, streamMode: 'updates', durability: 'sync' })) {
    for (const message of update.agent?.messages ?? []) {
      if (!AIMessage.isInstance(message)) continue
      for (const call of message.tool_calls ?? []) onCall?.(call.name, call.args)
      answer = message.text
    }
  }
  return answer
}
