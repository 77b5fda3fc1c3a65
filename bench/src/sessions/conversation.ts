import { readFileSync } from 'node:fs'
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import { type Checkpoint, emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint'
import { dice, prose, uuid } from '../text.ts'

const length = 20

/** Conversations of 20 messages, as a chat between a customer and an assistant has them. */
export function generatedConversations(count: number): BaseMessage[][] {
  const d = dice(3)
  return Array.from({ length: count }, () =>
    Array.from({ length: length / 2 }, () => [
      new HumanMessage({ id: uuid(d), content: prose(d, d.between(40, 240)) }),
      new AIMessage({ id: uuid(d), content: prose(d, d.between(150, 650)) }),
    ]).flat(),
  )
}

interface Recorded {
  role: string
  content: string | null
  tool_call_id?: string
  name?: string
  tool_calls?: { id: string; function: { name: string; arguments: string } }[]
}

/** The first 20 messages of each recorded conversation that has as many, in OpenAI chat form, tools and all. */
export function recordedConversations(file: string): BaseMessage[][] {
  const d = dice(5)
  const lines = readFileSync(file, 'utf8').split('\n')
  const conversations = lines.flatMap((line) => {
    if (!line.trim()) return []
    const { messages } = JSON.parse(line) as { messages: Recorded[] }
    const said = messages.filter(({ role }) => role !== 'system').slice(0, length)
    return said.length === length ? [said.map((message) => messageOf(message, uuid(d)))] : []
  })
  if (conversations.length === 0) throw new Error(`${file} has no conversation of ${length} messages.`)
  return conversations
}

function messageOf({ role, content, tool_call_id, name, tool_calls }: Recorded, id: string): BaseMessage {
  const text = content ?? ''
  if (role === 'user') return new HumanMessage({ id, content: text })
  if (role === 'tool')
    return new ToolMessage({ id, content: text, tool_call_id: tool_call_id ?? '', ...(name ? { name } : {}) })
  const calls = (tool_calls ?? []).map(({ id: callId, function: called }) => ({
    type: 'tool_call' as const,
    id: callId,
    name: called.name,
    args: JSON.parse(called.arguments) as Record<string, unknown>,
  }))
  return new AIMessage({ id, content: text, tool_calls: calls })
}

/** The checkpoint that holds a conversation. */
export function checkpointOf(messages: BaseMessage[]): Checkpoint {
  return { ...emptyCheckpoint(), id: uuid6(0), channel_values: { messages }, channel_versions: { messages: 1 } }
}
