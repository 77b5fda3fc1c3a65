import { memoryStore } from '@everthread/core/memory'
import { expect, it } from 'vitest'
import { SessionManager } from '../../src/index.ts'

it('data that is too large together lands one by one, and what is too large alone is refused alone', async () => {
  const session = await new SessionManager({ store: memoryStore({ codec: { compression: false } }) })
    .asService()
    .create({ id: 'x' })
  const large = 'x'.repeat(5 * 1024 * 1024)
  const outcomes = await Promise.allSettled([
    session.data.set('a', large),
    session.data.set('b', large),
    session.data.set('c', large + large),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  expect(Object.keys(await session.data.all())).toEqual(['a', 'b'])
})
