import { readFileSync } from 'node:fs'
import type { Clock } from '../../contract/ports.ts'
import type { Connection } from './connection.ts'
import { readMeta, writeMeta } from './meta.ts'

/** The store's time in microseconds since the epoch. */
export interface StoreClock {
  micros(): number
  /** Called within each write, so that time never falls behind what was seen before a reboot. */
  saw(connection: Connection, micros: number): void
}

const SECOND = 1_000_000
const MINUTE = 60 * SECOND

/** The user's clock; it may jump back, the store's time does not. */
export function clockOf(clock: Clock): StoreClock {
  let last = 0
  return {
    micros() {
      last = Math.max(last, Math.ceil(clock() * 1000))
      return last
    },
    saw: () => undefined,
  }
}

/**
 * Time from the machine's monotonic clock, which all processes share, at an offset kept in the file: so they agree,
 * and a jump of the wall clock changes nothing. After a reboot, and on another machine, the offset is set anew, never
 * behind the last time seen. Must be called within a write, or with `mayWrite` false.
 */
export function monotonicClock(connection: Connection, mayWrite: boolean): StoreClock {
  const boot = bootId()
  const wall = Date.now() * 1000
  const seen = readMeta(connection, 'seen') ?? 0
  let offset = readMeta(connection, 'offset')
  if (offset === undefined || !isSameBoot(connection, boot, offset, seen, wall)) {
    // Seen times are written once a second at most, so the true last one may be that much later.
    offset = Math.max(wall, seen + 2 * SECOND) - monotonic()
    if (mayWrite) {
      writeMeta(connection, 'offset', offset)
      writeMeta(connection, 'boot', boot)
    }
  }
  const base = offset
  let last = 0
  let written = seen
  return {
    micros() {
      last = Math.max(last, base + monotonic())
      return last
    },
    saw(within, micros) {
      if (micros - written < SECOND) return
      written = micros
      writeMeta(within, 'seen', Math.max(micros, readMeta(within, 'seen') ?? 0))
    },
  }
}

/** Where the system names no boot, a monotonic clock that went on and agrees with the wall clock is taken for the same. */
function isSameBoot(connection: Connection, boot: string, offset: number, seen: number, wall: number): boolean {
  if (readMeta<string>(connection, 'boot') !== boot) return false
  if (boot !== '') return true
  const now = offset + monotonic()
  return now >= seen && Math.abs(now - wall) < MINUTE
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return '' // Not Linux: told apart by the clocks.
  }
}

function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
