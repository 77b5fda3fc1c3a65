/** Forks a session, switches, resets it and takes that back, without end. */
import { SessionManager } from '@everthread/core'
import type { Where } from './child.ts'
import { childArguments, openWhere, say } from './open-where.ts'

const { where, id } = childArguments<{ where: Where; id: string }>()
const session = new SessionManager({ store: await openWhere(where) }).asService().open(id)
for (let at = 0; ; at++) {
  const { name } = await session.branches.fork({ from: at % 2 === 0 ? 'a' : 'b' })
  await session.branches.switch(name)
  await session.reset({ mode: 'hard' })
  await session.data.set('mark', at)
  await session.undo()
  await session.branches.switch('main')
  await session.branches.delete(name)
  say(`round ${at}`)
}
