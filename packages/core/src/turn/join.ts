import { Bell } from './bell.ts'
import type { TurnDesk } from './desk.ts'
import { readRecord, recordKeys, type TurnRecord } from './record.ts'

const SPACING_MS = 20
const POLL_MS = 500

/** Waits until the turn is over, and gives its record; undefined when its process died, and nobody has ended it. */
export async function joinTurn(desk: TurnDesk, id: string, signal: AbortSignal): Promise<TurnRecord | undefined> {
  const bell = new Bell(desk.store, desk.partition, SPACING_MS)
  const wake = (): void => bell.ring()
  signal.addEventListener('abort', wake)
  try {
    for (;;) {
      signal.throwIfAborted()
      const { rows } = await desk.store.read(desk.partition, [{ get: recordKeys(id) }])
      const record = readRecord(id, rows[0] ?? [])
      if (record?.endedAt !== undefined) return record
      if (record?.state !== 'running') return undefined
      await bell.wait(POLL_MS)
    }
  } finally {
    signal.removeEventListener('abort', wake)
    bell.close()
  }
}
