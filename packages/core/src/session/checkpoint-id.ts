import { randomBytes } from 'node:crypto'

/** 100 ns between 1582-10-15, where the time of a UUID begins, and 1970. */
const GREGORIAN = 122_192_928_000_000_000n
/** Of a framework's checkpoint. */
const ID_BYTES = 128

/**
 * An id for the checkpoint after another one: a UUID of version 6, as LangGraph's are, so that ids of both sort by
 * time. Later than the one before whatever the clock says.
 */
export function nextCheckpointId(before: string | undefined, now: number): string {
  const ticks = BigInt(Math.floor(now)) * 10_000n + GREGORIAN
  const last = before === undefined ? undefined : ticksOf(before)
  const time = (last !== undefined && last >= ticks ? last + 1n : ticks).toString(16).padStart(15, '0')
  const random = randomBytes(8)
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80
  const tail = random.toString('hex')
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-6${time.slice(12)}-${tail.slice(0, 4)}-${tail.slice(4)}`
}

/** Whether a checkpoint can be called so, whoever made it. */
export const mayBeId = (id: unknown): boolean =>
  typeof id === 'string' && id !== '' && id.isWellFormed() && Buffer.byteLength(id) <= ID_BYTES

/** When the checkpoint was made, ms since the epoch; undefined: its id is not one of these. */
export function timeOf(id: string): number | undefined {
  const ticks = ticksOf(id)
  return ticks === undefined ? undefined : Number((ticks - GREGORIAN) / 10_000n)
}

function ticksOf(id: string): bigint | undefined {
  const parts = /^([0-9a-f]{8})-([0-9a-f]{4})-6([0-9a-f]{3})-[0-9a-f]{4}-[0-9a-f]{12}$/.exec(id)
  return parts ? BigInt(`0x${parts[1]}${parts[2]}${parts[3]}`) : undefined
}
