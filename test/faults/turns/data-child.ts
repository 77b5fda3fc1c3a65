/** Changes one value over and over, and sets others once. */
import { SessionManager } from '@everthread/core'
import type { Where } from './child.ts'
import { childArguments, openWhere } from './open-where.ts'

interface Arguments {
  where: Where
  id: string
  changes: number
  name: string
}

const { where, id, changes, name } = childArguments<Arguments>()
const store = await openWhere(where)
const { data } = new SessionManager({ store }).asService().open(id)
await Promise.all(
  Array.from({ length: changes }, async (_, at) => {
    await Promise.all([data.update('n', (n) => ((n as number) ?? 0) + 1), data.set(`${name}: ${at}`, at)])
  }),
)
await store.close()
