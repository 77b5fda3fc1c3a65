import { createHash } from 'node:crypto'
import type { EverthreadSaver } from '@everthread/langchain-adapter'
import {
  AIMessage,
  type BaseMessage,
  HumanMessage,
  isAIMessage,
  isBaseMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { Annotation, END, messagesStateReducer, START, StateGraph } from '@langchain/langgraph'

const State = Annotation.Root({
  messages: Annotation<BaseMessage[]>({ reducer: messagesStateReducer, default: () => [] }),
  files: Annotation<Record<string, { text: string }>>({
    reducer: (before, after) => ({ ...before, ...after }),
    default: () => ({}),
  }),
  seen: Annotation<Date[]>({ reducer: (before, after) => [...before, ...after], default: () => [] }),
})

const words = (n: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `word${(n * 7_919 + i * 104_729) % 10_007}`).join(' ')

/** A user, agent, tools, agent turn. */
export function agentOn(checkpointer: EverthreadSaver) {
  return agent().compile({ checkpointer })
}

/** The same beside a clerk who takes notes: messages, a map and dates change in each turn. */
export function agentWithClerkOn(checkpointer: EverthreadSaver) {
  return agent()
    .addNode('clerk', ({ messages }) => ({
      files: { [`file-${messages.length % 9}`]: { text: words(messages.length, 80) } },
      seen: [new Date(messages.length)],
    }))
    .addEdge(START, 'clerk')
    .compile({ checkpointer })
}

function agent() {
  return new StateGraph(State)
    .addNode('agent', ({ messages }) => {
      const n = messages.length
      const asked = messages.at(-1)?.getType() === 'human'
      const tool_calls = asked ? [{ id: `call-${n}`, name: 'look', args: { at: n }, type: 'tool_call' as const }] : []
      return { messages: [new AIMessage({ content: asked ? '' : words(n, 60), tool_calls })] }
    })
    .addNode('tools', ({ messages }) => {
      const call = messages.at(-1) as AIMessage
      const tool_call_id = call.tool_calls?.[0]?.id ?? ''
      return { messages: [new ToolMessage({ tool_call_id, content: words(messages.length, 300) })] }
    })
    .addEdge(START, 'agent')
    .addConditionalEdges('agent', ({ messages }) => {
      const last = messages.at(-1)
      return last && isAIMessage(last) && last.tool_calls?.length ? 'tools' : END
    })
    .addEdge('tools', 'agent')
}

export const question = (n: number): { messages: BaseMessage[] } => ({
  messages: [new HumanMessage(`What about ${n}? ${words(n, 20)}`)],
})

/** What a value holds, so that two can be compared across processes. */
export function digest(value: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify(shown(value)))
    .digest('base64')
}

function shown(value: unknown): unknown {
  if (isBaseMessage(value)) {
    const { id, content, additional_kwargs, response_metadata } = value
    const calls = isAIMessage(value) ? value.tool_calls : undefined
    const answers = ToolMessage.isInstance(value) ? value.tool_call_id : undefined
    return [value.getType(), id, content, calls, answers, additional_kwargs, response_metadata]
  }
  if (value instanceof Date) return ['date', value.getTime()]
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null) return value
  return Object.keys(value)
    .sort()
    .map((key) => [key, shown((value as Record<string, unknown>)[key])])
}
