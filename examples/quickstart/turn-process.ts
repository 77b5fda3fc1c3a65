import { ToolMessage } from '@langchain/core/messages'
import { createAgent } from './agent.ts'
import { chooseModel } from './choose-model.ts'
import type { TurnNews, TurnOrder } from './doomed-turn.ts'
import { ask, resume } from './run-turn.ts'
import { openSession } from './session.ts'

const tell = (news: TurnNews): Promise<void> => new Promise((resolve) => process.send?.(news, () => resolve()))

async function take({ folder, question }: TurnOrder): Promise<void> {
  const { saver, close } = openSession()
  const { model } = await chooseModel()
  const beforeModel = async (messages: readonly unknown[]): Promise<void> => {
    if (question === undefined || !ToolMessage.isInstance(messages.at(-1))) return
    await tell({ kind: 'holding' })
    // Never goes on: the process is killed here, with the tool's result on disk and no answer given.
    await new Promise(() => undefined)
  }
  const agent = createAgent({ checkpointer: saver, model, folder, beforeModel })
  const onCall = (name: string, args: Record<string, unknown>): void => void tell({ kind: 'call', name, args })
  const text = question === undefined ? await resume(agent, { onCall }) : await ask(agent, question, { onCall })
  await tell({ kind: 'answer', text })
  await close()
}

process.once('message', (order: TurnOrder) => {
  take(order)
    .catch((error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }))
    .finally(() => process.disconnect())
})
