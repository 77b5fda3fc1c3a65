import { type HandedOver, type LoadedCheckpoint, packAppended, unpackAppended } from '@everthread/core'
import { isAIMessage, isToolMessage } from '@langchain/core/messages'
import type { RunnableConfig } from '@langchain/core/runnables'
import { type CheckpointTuple, INTERRUPT } from '@langchain/langgraph-checkpoint'
import { isMessage } from '../messages/classes.ts'
import { historyFormat } from '../messages/history-format.ts'
import type { Place } from './config.ts'

/** The task of writes that belong to none: a run takes them in before its input. */
const NULL_TASK_ID = '00000000-0000-0000-0000-000000000000'

/** Where a run's configuration says what it was handed; LangGraph gives it to the put that follows. */
export const HANDED = '__everthread_handed'

/**
 * Adds the messages that others have appended to the thread's newest checkpoint, as pending writes. Not while it waits
 * for an answer: they would come between a call and its result, and the run that goes on would find another state than
 * the one it left. Gives the messages, if there are any.
 */
export function handOver(
  tuple: CheckpointTuple,
  { id, appended, writes }: LoadedCheckpoint,
  channel: string,
): unknown[] | undefined {
  if (appended.texts.length === 0 || writes.some((write) => write.channel === INTERRUPT)) return undefined
  if (hasOpenCalls(tuple.checkpoint.channel_values[channel])) return undefined
  const messages = appended.texts.map((text) => historyFormat.decode(text))
  tuple.pendingWrites = [...(tuple.pendingWrites ?? []), [NULL_TASK_ID, channel, messages]]
  tuple.config.configurable = {
    ...tuple.config.configurable,
    [HANDED]: JSON.stringify({ id, ...packAppended(appended) }),
  }
  return messages
}

/** A run that is given its checkpoint is handed nothing, whatever the configuration says that an earlier one was. */
export function handNothing(tuple: CheckpointTuple, { configurable }: RunnableConfig): void {
  if (configurable && HANDED in configurable)
    tuple.config.configurable = { ...tuple.config.configurable, [HANDED]: undefined }
}

/** What the run of a put was handed, if the put follows the checkpoint that it was handed with. */
export function handedTo(config: RunnableConfig, { namespace, checkpoint }: Place): HandedOver | undefined {
  const text: unknown = config.configurable?.[HANDED]
  if (typeof text !== 'string' || namespace !== '') return undefined
  const { id, ...packed } = JSON.parse(text) as { id: string }
  return id === checkpoint ? { task: NULL_TASK_ID, appended: unpackAppended(packed) } : undefined
}

/** Whether the history ends with calls of tools that are not all answered. */
function hasOpenCalls(history: unknown): boolean {
  if (!Array.isArray(history)) return false
  const answered = new Set<string>()
  for (const message of (history as unknown[]).toReversed()) {
    if (!isMessage(message)) return false
    if (isToolMessage(message)) answered.add(message.tool_call_id)
    else
      return isAIMessage(message) && (message.tool_calls ?? []).some(({ id }) => id !== undefined && !answered.has(id))
  }
  return false
}
