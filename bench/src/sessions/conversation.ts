import { AIMessage, type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { type Checkpoint, emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint'
import { dice, prose, uuid } from '../text.ts'

const pairs = 10

/** Conversations of 20 messages, as a chat between a customer and an assistant has them. */
export function conversations(count: number): BaseMessage[][] {
  const d = dice(3)
  return Array.from({ length: count }, () =>
    Array.from({ length: pairs }, () => [
      new HumanMessage({ id: uuid(d), content: prose(d, d.between(40, 240)) }),
      new AIMessage({ id: uuid(d), content: prose(d, d.between(150, 650)) }),
    ]).flat(),
  )
}

/** The checkpoint that holds a conversation. */
export function checkpointOf(messages: BaseMessage[]): Checkpoint {
  return { ...emptyCheckpoint(), id: uuid6(0), channel_values: { messages }, channel_versions: { messages: 1 } }
}
