/** Does to a thread, from a process of its own, what the test asks for: `say <text>`, `fork <checkpoint> <text>`, `forget`. */
import type { CodecOptions, Store } from '@everthread/core'
import { EverthreadSaver } from '@everthread/langchain-adapter'
import { echoGraph } from './echo-graph.ts'

const [file = '', address = '', tenant = '', thread = '', act = '', ...words] = process.argv.slice(2)
const { openAt }: { openAt(address: string, codec?: CodecOptions): Store } = await import(`../subjects/${file}.ts`)
const store = openAt(address)
const saver = new EverthreadSaver({ store, tenant })
const graph = echoGraph(saver)
if (act === 'say') await graph.invoke({ messages: [words.join(' ')] }, { configurable: { thread_id: thread } })
else if (act === 'fork') {
  const [checkpoint_id, ...rest] = words
  await graph.invoke({ messages: [rest.join(' ')] }, { configurable: { thread_id: thread, checkpoint_id } })
} else if (act === 'forget') await saver.deleteThread(thread)
await store.close()
