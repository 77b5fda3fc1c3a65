import type { NeutralMessage } from '../message/message.ts'
import type { ToolCallPart } from '../message/part.ts'
import type { TurnDesk } from './desk.ts'
import type { TurnRecord } from './record.ts'

/** What a turn has left behind whose process died, as its session stands now. */
export interface Recovered {
  turn: TurnRecord
  /** What tasks of a graph had written, beside the tip, when it ended. */
  writes: { task: string; channel: string }[]
  /** Calls of tools in the history that nothing has answered. */
  toolCalls: ToolCallPart[]
}

export async function recover({ engine, partition, content }: TurnDesk, turn: TurnRecord): Promise<Recovered> {
  const tip = await engine.load(partition.id, '')
  const { messages } = await content.view()
  return {
    turn: { ...turn, state: 'interrupted' },
    writes: (tip?.writes ?? []).map(({ task, channel }) => ({ task, channel })),
    toolCalls: danglingCalls(messages),
  }
}

/** Calls without a response after them. Those without an id cannot be told apart: any response answers them. */
function danglingCalls(messages: readonly NeutralMessage[]): ToolCallPart[] {
  let open: ToolCallPart[] = []
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === 'tool_call') open.push(part as ToolCallPart)
      if (part.type === 'tool_call_response') open = open.filter(({ id }) => id != null && id !== part.id)
    }
  }
  return open
}
