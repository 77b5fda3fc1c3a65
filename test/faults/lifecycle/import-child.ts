/** Imports a file; says so before each commit, and how it ended. */
import { readFileSync } from 'node:fs'
import { SessionManager, type Store } from '@everthread/core'
import type { Where } from '../turns/child.ts'
import { childArguments, openWhere, say } from '../turns/open-where.ts'

const { where, tenant, file } = childArguments<{ where: Where; tenant: string; file: string }>()
const inner = await openWhere(where)
const store: Store = {
  codec: inner.codec,
  read: (partition, reads) => inner.read(partition, reads),
  query: (of, query) => inner.query(of, query),
  watch: (partitions, signal) => inner.watch(partitions, signal),
  drop: (partition) => inner.drop(partition),
  close: () => inner.close(),
  commit: (partition, commit) => {
    say('commit')
    return inner.commit(partition, commit)
  },
}
const limits = { perUser: { max: 1, onLimit: 'reject' as const } }
await new SessionManager({ store, tenant, limits }).as({ userId: 'ada' }).import(readFileSync(file, 'utf8'))
say('imported')
await store.close()
