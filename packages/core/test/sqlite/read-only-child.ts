import { EverthreadError } from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'

if (process.env.DROP_ROOT && process.getuid?.() === 0) process.setuid?.(65534)

const partition = { tenant: 'acme', id: 'user1' }
const store = sqliteStore(process.argv[2] as string)
const { rows } = await store.read(partition, [{ prefix: '', limit: 10 }])
const failure: unknown = await store.commit(partition, { id: 'no', ops: [{ del: 'm/0' }] }).catch((error) => error)
if (!EverthreadError.isInstance(failure)) throw new Error('The commit should have failed', { cause: failure })
process.stdout.write(JSON.stringify({ rows: rows[0]?.length, code: failure.code, committed: failure.committed }))
await store.close()
