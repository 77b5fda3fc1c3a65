import { randomUUID } from 'node:crypto'
import type { Session, SessionManager, Store } from '@everthread/core'
import { allRows } from '../../packages/core/test/checkpoint/hooked-store.ts'
import type { Scene } from './scene.ts'
import { user } from './talk.ts'

/** Where no session is yet. */
export function elsewhere(scene: Scene, store: Store = scene.store): { tenant: string; sessions: SessionManager } {
  const tenant = randomUUID()
  return { tenant, sessions: scene.manager({ store, tenant }) }
}

/** All that the store holds of a tenant with the one session `chat`. */
export async function everythingOf({ store }: Scene, tenant: string): Promise<unknown> {
  const { rows } = await store.query(tenant, { index: 'sessions', limit: 1_000 })
  const stored = await allRows(store, { tenant, id: 'chat' })
  return { index: rows.map(({ partition }) => partition.id), stored }
}

/** A session `chat` with something of everything that an export holds. */
export async function talked(scene: Scene): Promise<Session> {
  const { sessions } = elsewhere(scene)
  const session = await sessions.as({ userId: 'ada' }).create({
    id: 'chat',
    agentId: 'helper',
    kind: 'task',
    channel: 'mail',
    title: 'Engines',
    metadata: { topic: 'engines' },
    settings: { tone: 'dry' },
  })
  await session.messages.append([user('one', { id: 'a' }), user('two', { id: 'b' })])
  scene.now += 1_000
  await session.turn(async (turn) => {
    turn.append({ role: 'assistant', parts: [{ type: 'text', content: '"three"\n\u2028\u{1f600}' }] })
    turn.data.set('count', 3)
  })
  await session.messages.append([user('two, put better', { id: 'b' })])
  await session.data.set('map', new Map([[1n, new Date(5)]]))
  return session
}
