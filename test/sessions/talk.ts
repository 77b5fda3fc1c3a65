import { randomUUID } from 'node:crypto'
import type { NeutralMessage, Session } from '@everthread/core'
import type { Scene } from './scene.ts'

/** A session that was just made, and what another process sees of it. */
export async function begin(scene: Scene): Promise<{ id: string; session: Session; elsewhere(): Session }> {
  const id = randomUUID()
  const session = await scene.manager().asService().create({ id })
  return { id, session, elsewhere: () => scene.manager().asService().open(id) }
}

export const user = (content: string, fields: Partial<NeutralMessage> = {}): NeutralMessage => ({
  role: 'user',
  parts: [{ type: 'text', content }],
  ...fields,
})

export const textsOf = (messages: readonly NeutralMessage[]): unknown[] =>
  messages.map(({ parts }) => parts[0]?.content)
