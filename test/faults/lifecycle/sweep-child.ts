/** Sweeps in little memory; says what has expired, and how many. */
import { setFlagsFromString } from 'node:v8'
import { SessionManager } from '@everthread/core'
import type { Where } from '../turns/child.ts'
import { childArguments, openWhere, say } from '../turns/open-where.ts'

setFlagsFromString('--max-old-space-size=64')
const { where, tenant } = childArguments<{ where: Where; tenant: string }>()
const store = await openWhere(where)
const sessions = new SessionManager({
  store,
  tenant,
  onEvent: ({ type, sessionId }) => void say(`${type} ${sessionId}`),
})
const count = await sessions.sweep()
say(`count ${count}`)
await sessions.close()
await store.close()
