import type { EverthreadSaver } from '@everthread/langchain-adapter'
import { AIMessage } from '@langchain/core/messages'
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint'
import { configurable, type Known, putChild } from './branch.ts'

export interface BranchOptions {
  /** Called now and then for a new one, which knows nothing. */
  saver(): EverthreadSaver
  thread: string
  /** The checkpoint that all branches start from. */
  root: string
  /** The writer's name, and that of its branch. */
  writer: string
  steps: number
  /** Told of each checkpoint once it and its pending write are acknowledged. */
  acknowledged(id: string): void
}

const STEPS_PER_SAVER = 10

export async function writeBranch({
  saver,
  thread,
  root,
  writer,
  steps,
  acknowledged,
}: BranchOptions): Promise<Known[]> {
  const branch: Known[] = []
  let current = saver()
  const config = { configurable: { thread_id: thread, checkpoint_ns: '', checkpoint_id: root } }
  const { checkpoint } = (await current.getTuple(config)) as CheckpointTuple
  let last: Known = { config, parent: undefined, state: checkpoint.channel_values, depth: 1 }
  for (let step = 0; step < steps; step++) {
    if (step % STEPS_PER_SAVER === STEPS_PER_SAVER - 1) current = saver()
    const name = `${writer}.${step}`
    last = await putChild(current, thread, last, name)
    await current.putWrites(last.config, [['messages', pendingOf(name)]], `task-${name}`)
    branch.push(last)
    acknowledged(configurable(last.config).checkpoint_id as string)
  }
  return branch
}

export const pendingOf = (name: string): AIMessage => new AIMessage({ id: `pending-${name}`, content: `next ${name}` })
