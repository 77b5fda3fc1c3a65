/** Writers that append to one session at the same time, each its own messages one after the other. */
import { SessionManager } from '@everthread/core'
import type { Where } from './child.ts'
import { childArguments, openWhere } from './open-where.ts'

interface Arguments {
  where: Where
  id: string
  writers: string[]
  messages: number
  /** Another way to the same server. */
  url?: string
}

const { where, id, writers, messages, url } = childArguments<Arguments>()
if (url) process.env.EVERTHREAD_TEST_REDIS = url
const store = await openWhere(where)
const session = new SessionManager({ store }).asService().open(id)
await Promise.all(
  writers.map(async (writer) => {
    for (let at = 0; at < messages; at++) {
      await session.messages.append({ role: 'user', parts: [{ type: 'text', content: `${writer} ${at}` }] })
    }
  }),
)
await store.close()
