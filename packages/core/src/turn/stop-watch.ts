import { Bell } from './bell.ts'
import { commitTo, type TurnDesk } from './desk.ts'
import { decodeRow, encodeRow, STOP_KEY } from './rows.ts'

/** Short turns end before it pays to look whether they should. */
const FIRST_LOOK_MS = 250
const SPACING_MS = 100
const POLL_MS = 2_000

/** How long a wish that a turn ends stays, ms: for several looks, however short the lease is. */
const STOP_MS = 30_000

/** Asks a turn to end, in whichever process it runs. In this one it hears at once. */
export async function askToEnd(desk: TurnDesk, turn: string): Promise<void> {
  await commitTo(desk, { ops: [{ put: STOP_KEY, value: encodeRow({ turn }), ttlMs: STOP_MS }] })
}

/** Looks whether somebody wants the turn to end, until the signal aborts. */
export function watchForStop(desk: TurnDesk, turn: string, signal: AbortSignal, stop: () => void): void {
  const bell = new Bell(desk.store, desk.partition, SPACING_MS)
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      if (await isWanted(desk, turn)) return stop()
      await bell.wait(POLL_MS)
    }
  }
  const timer = setTimeout(() => void look(), FIRST_LOOK_MS)
  const end = (): void => {
    clearTimeout(timer)
    bell.close()
  }
  signal.addEventListener('abort', end, { once: true })
}

async function isWanted(desk: TurnDesk, turn: string): Promise<boolean> {
  try {
    const { rows } = await desk.store.read(desk.partition, [{ get: [STOP_KEY] }])
    const row = rows[0]?.[0]
    return row !== undefined && (decodeRow(row) as { turn: string }).turn === turn
  } catch {
    // A store that cannot be reached ends the lease, and the turn with it, if it stays away.
    return false
  }
}
