/** Another process on the threads of the test: does what it is sent, and answers when it is done. */
import type { CodecOptions, Store } from '@everthread/core'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { echoGraph } from './echo-graph.ts'

const [file = '', address = '', tenant = ''] = process.argv.slice(2)
const { openAt }: { openAt(address: string, codec?: CodecOptions): Store } = await import(`../subjects/${file}.ts`)
const store = openAt(address)
const saver = new EverthreadSaver({ store, tenant })
const graph = echoGraph(saver)

export interface Act {
  thread: string
  /** Undefined: the thread is deleted. */
  say?: string
  from?: string
}

process.on('message', async ({ thread, say, from }: Act) => {
  if (say === undefined) await saver.deleteThread(thread)
  else await graph.invoke({ messages: [say] }, { configurable: { thread_id: thread, checkpoint_id: from } })
  process.send?.('done')
})
process.once('disconnect', () => store.close())
process.send?.('ready')
