import { EverthreadError } from '@everthread/core'
import { recall, recallTool as recallDefinition } from '@everthread/core/context'
import type { BaseMessage } from '@langchain/core/messages'
import { type DynamicStructuredTool, tool } from '@langchain/core/tools'
import { langchainLens } from './lens.ts'

const { name, description, parameters } = recallDefinition()

export const RECALL = name

/** Whether the state of an agent has messages, as the runtime of a tool tells it. */
interface WithMessages {
  state?: { messages?: BaseMessage[] }
}

/** Gives a model what was cleared from its context: from the state, which keeps everything. */
export function recallTool(): DynamicStructuredTool {
  return tool(
    async (input: unknown, config: unknown) => {
      const { handle } = input as { handle: string }
      const messages = (config as WithMessages | undefined)?.state?.messages ?? []
      try {
        return recall(handle, { messages, lens: langchainLens }).text
      } catch (error) {
        // The model invented a handle: it is told, and may go on.
        if (EverthreadError.isInstance(error) && error.code === 'HANDLE_UNKNOWN') return `Error: ${error.message}`
        throw error
      }
    },
    { name, description, schema: parameters },
  ) as unknown as DynamicStructuredTool
}
