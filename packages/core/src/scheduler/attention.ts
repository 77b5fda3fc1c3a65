import { LRUCache } from 'lru-cache'
import { EverthreadError } from '../errors.ts'

export type AttentionState = 'focused' | 'away' | 'offline'

export interface Heartbeat {
  state: AttentionState
  /** For how long it says anything, ms: until then it counts ever less. At most a day. */
  ttl: number
  /** When it was made, ms since the epoch, where it comes from further away. Default: now. */
  at?: number
}

const LEVELS: Record<AttentionState, number> = { focused: 1, away: -1, offline: -2 }
const MOST_TTL_MS = 24 * 3_600_000
/** Clocks of users go ahead of ours by no more than this, ms. */
const AHEAD_MS = 60_000
/** Sessions that are remembered; those that were heard of last. */
const SESSIONS = 50_000

interface Heard {
  level: number
  at: number
  ttl: number
}

/** What is known of where users look. */
export class Attention {
  readonly #heard = new LRUCache<string, Heard>({ max: SESSIONS })

  /** @throws `ATTENTION_INVALID`, `ATTENTION_STALE` */
  hear(session: string, heartbeat: unknown, now: number): void {
    const { state, ttl, at } = checkHeartbeat(heartbeat, now)
    const last = this.#heard.get(session)
    const isAgain = last !== undefined && (at === undefined ? now < last.at : at <= last.at)
    const made = Math.min(at ?? now, now)
    if (isAgain || made + ttl <= now) {
      throw new EverthreadError('ATTENTION_STALE', 'This heartbeat is older than what is known: send a new one')
    }
    this.#heard.set(session, { level: LEVELS[state], at: made, ttl })
  }

  /** What is left of the last heartbeat: 0 for nothing. */
  level(session: string, now: number): number {
    // Asked for each of those who wait.
    if (this.#heard.size === 0) return 0
    const heard = this.#heard.peek(session)
    return heard === undefined ? 0 : levelAt(heard, now)
  }
}

function levelAt({ level, at, ttl }: Heard, now: number): number {
  const left = 1 - Math.max(0, now - at) / ttl
  return left > 0 ? level * left : 0
}

function checkHeartbeat(heartbeat: unknown, now: number): Heartbeat {
  if (typeof heartbeat !== 'object' || heartbeat === null) throw wrong('Give a heartbeat as an object: { state, ttl }')
  const { state, ttl, at, ...more } = heartbeat as Record<string, unknown>
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined)
    throw wrong(`Leave out "${unknown.slice(0, 40)}" of a heartbeat: it takes state, ttl and at`)
  if (typeof state !== 'string' || !Object.hasOwn(LEVELS, state)) {
    throw wrong(`Give the state of a heartbeat as one of ${Object.keys(LEVELS).join(', ')}`)
  }
  if (!(typeof ttl === 'number' && ttl > 0 && ttl <= MOST_TTL_MS)) {
    throw wrong(`Give the ttl of a heartbeat as milliseconds, above 0 and up to ${MOST_TTL_MS}`)
  }
  if (at !== undefined && !(typeof at === 'number' && at >= 0 && at <= now + AHEAD_MS)) {
    throw wrong('Give the time of a heartbeat, at, as milliseconds since the epoch, not after now')
  }
  return { state: state as AttentionState, ttl, ...(at === undefined ? {} : { at }) }
}

const wrong = (message: string): EverthreadError => new EverthreadError('ATTENTION_INVALID', message)
