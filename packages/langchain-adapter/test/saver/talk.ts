import { setTimeout as sleep } from 'node:timers/promises'
import { AIMessage, HumanMessage } from '@langchain/core/messages'
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph'
import type { CheckpointTuple } from '@langchain/langgraph-checkpoint'
import type { EverthreadSaver } from '../../src/index.ts'
import { all, at } from './scene.ts'

export const words = (name: string): string => `${name} `.repeat(200)

/** A graph that says something after a while. */
export const chatOn = (checkpointer: EverthreadSaver, thinkingMs = 0) =>
  new StateGraph(MessagesAnnotation)
    .addNode('say', async ({ messages }) => {
      if (thinkingMs > 0) await sleep(thinkingMs)
      return { messages: [new AIMessage({ id: `a${messages.length}`, content: words(`${messages.length}`) })] }
    })
    .addEdge(START, 'say')
    .compile({ checkpointer })

export const human = (id: string): HumanMessage => new HumanMessage({ id, content: words(id) })

export async function talk(
  saver: EverthreadSaver,
  turns: number,
  thread = 'thread',
  from = 0,
  thinkingMs = 0,
): Promise<void> {
  for (let turn = from; turn < from + turns; turn++) {
    await chatOn(saver, thinkingMs).invoke({ messages: [human(`u${turn}`)] }, at(thread))
  }
}

/** All checkpoints of a thread, in all namespaces. */
export const every = (saver: EverthreadSaver, thread = 'thread'): Promise<CheckpointTuple[]> =>
  all(saver.list({ configurable: { thread_id: thread } }))
