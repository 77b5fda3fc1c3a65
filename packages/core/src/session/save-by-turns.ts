import { EverthreadError } from '../errors.ts'
import type { TurnDesk } from '../turn/desk.ts'
import type { Turn } from '../turn/turn.ts'
import { decodeText, encodeText, TURNS_KEY } from './rows.ts'
import type { SessionCheckpoints } from './session-checkpoints.ts'

/** When checkpoints are saved by themselves. */
export interface CheckpointOptions {
  /** After every so many turns. Default 5. */
  everyTurns?: number
}

const EVERY_TURNS = 5

/** @throws `OPTIONS_INVALID` */
export function checkCheckpoints(options: CheckpointOptions | boolean | undefined): number | undefined {
  if (options === undefined || options === false) return undefined
  if (options === true) return EVERY_TURNS
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) {
    const { everyTurns = EVERY_TURNS, ...more } = options
    if (Number.isSafeInteger(everyTurns) && everyTurns > 0 && Object.keys(more).length === 0) return everyTurns
  }
  const message = 'Give checkpoints as true, or as { everyTurns }: a whole number above 0'
  throw new EverthreadError('OPTIONS_INVALID', message)
}

/** At the end of a turn, still under its lease: every so many of them, the data is saved with the place in the history. */
export async function saveByTurns(
  desk: TurnDesk,
  checkpoints: SessionCheckpoints,
  turn: Turn,
  everyTurns: number | undefined,
): Promise<void> {
  if (everyTurns === undefined) return
  await turn.checkpoint()
  const { store, partition, engine, data } = desk
  const { rows } = await store.read(partition, [{ get: [TURNS_KEY] }])
  const row = rows[0]?.[0]
  const count = (row ? Number(decodeText(row)) : 0) + 1
  await engine.commit(partition.id, [{ put: TURNS_KEY, value: encodeText(String(count)) }], turn.fence)
  if (count % everyTurns === 0) await checkpoints.save(await data.all(), { label: `turn ${count}` })
}
