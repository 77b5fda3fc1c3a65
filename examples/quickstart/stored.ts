import { statSync } from 'node:fs'
import type { Agent } from './agent.ts'
import { databasePath, type OpenSession, thread } from './session.ts'

export interface Stored {
  messages: number
  checkpoints: number
  /** What a saver that writes the whole state at every checkpoint would have written: the official ones do. */
  snapshotBytes: number
}

/** Reads the session through, checkpoint by checkpoint. */
export async function measureSession(agent: Agent, { saver }: OpenSession): Promise<Stored> {
  const { values } = await agent.getState(thread)
  const stored: Stored = { messages: values.messages?.length ?? 0, checkpoints: 0, snapshotBytes: 0 }
  for await (const { checkpoint, metadata, pendingWrites = [] } of saver.list(thread)) {
    stored.checkpoints += 1
    for (const part of [checkpoint, metadata, ...pendingWrites.map(([, , value]) => value)]) {
      const [, bytes] = await saver.serde.dumpsTyped(part)
      stored.snapshotBytes += bytes.length
    }
  }
  return stored
}

/** The size of the database; call it after the session was closed, when its write-ahead log is folded in. */
export function databaseBytes(): number {
  return statSync(databasePath).size
}
