import { EverthreadError } from '../errors.ts'
import { Session } from '../session/session.ts'
import { SessionHandle } from '../session/session-handle.ts'
import { Admission } from './admission.ts'
import { Attention, type Heartbeat } from './attention.ts'
import type { SchedulerStats } from './figures.ts'
import { setGate } from './gate-of.ts'
import { sessionKey } from './limits.ts'
import {
  SCHEDULER_EVENTS,
  type SchedulerEventHandler,
  SchedulerEvents,
  type SchedulerEventType,
} from './scheduler-event.ts'
import { checkScheduler, type ProcessSchedulerOptions } from './scheduler-options.ts'

/** A heartbeat of a session that is named by its id, with who says so. */
export interface HeartbeatAs extends Heartbeat {
  /** Of the session's principal, or a service's: `sessions.as({ userId })`. */
  as: SessionHandle
}

export interface DrainOptions {
  /** What becomes of turns that wait: `finish` (default) lets them run, `refuse` fails them with `SCHEDULER_DRAINING`. */
  waiting?: 'finish' | 'refuse'
}

/**
 * Says which turn runs next in this process, of all sessions of the managers that it is given to: the urgent before the
 * idle, who is looked at before who is not, within what the machine bears and what may be spent.
 *
 * ```ts
 * const scheduler = new ProcessScheduler({ budgets: [{ per: 'user', every: 'day', tokens: 200_000 }] })
 * const sessions = new SessionManager({ store, scheduler })
 * await session.turn(work, { priority: 'urgent', cost: { tokens: 2_000 } })
 * ```
 */
export class ProcessScheduler {
  readonly #attention = new Attention()
  readonly #events: SchedulerEvents
  readonly #admission: Admission
  readonly #now: () => number

  /** @throws `SCHEDULER_INVALID`, `BUDGET_INVALID`, `LIMIT_INVALID` */
  constructor(options: ProcessSchedulerOptions = {}) {
    const checked = checkScheduler(options)
    const now = checked.clock ?? (() => performance.timeOrigin + performance.now())
    this.#now = now
    this.#events = new SchedulerEvents(now)
    this.#admission = new Admission({ ...checked, attention: this.#attention, events: this.#events, now })
    setGate(this, this.#admission)
  }

  /**
   * Takes in where the session's user looks. What it says counts ever less until its `ttl` is over. The session, as its
   * principal has it, or its id with the principal's handle: whoever has neither is refused, as is a heartbeat that is
   * older than the last one or than its own `ttl`.
   *
   * @throws `ATTENTION_DENIED`, `ATTENTION_STALE`, `ATTENTION_INVALID`, `ID_INVALID`
   */
  async attention(session: Session, heartbeat: Heartbeat): Promise<void>
  async attention(sessionId: string, heartbeat: HeartbeatAs): Promise<void>
  async attention(session: Session | string, given: Heartbeat & Partial<HeartbeatAs>): Promise<void> {
    if (typeof given !== 'object' || given === null) {
      throw new EverthreadError('ATTENTION_INVALID', 'Give a heartbeat as an object: { state, ttl }')
    }
    const { as, ...heartbeat } = given
    const known = typeof session === 'string' ? await seenBy(as, session) : session
    if (!(known instanceof Session)) {
      const message = 'Give the session as its user has it, or its id and the handle: { as: sessions.as({ userId }) }'
      throw new EverthreadError('ATTENTION_DENIED', message)
    }
    this.#attention.hear(sessionKey(known.tenant, known.id), heartbeat, this.#now())
  }

  /** As of now, and since this scheduler was made. */
  stats(): SchedulerStats {
    return this.#admission.stats
  }

  /**
   * Hears of one type of event, at once. Gives what takes it off again.
   *
   * @throws `SCHEDULER_INVALID`
   */
  on(type: SchedulerEventType, handler: SchedulerEventHandler): () => void {
    if (!SCHEDULER_EVENTS.includes(type) || typeof handler !== 'function') {
      const message = `Give the type, ${SCHEDULER_EVENTS.join(', ')}, and a function`
      throw new EverthreadError('SCHEDULER_INVALID', message)
    }
    return this.#events.on(type, handler)
  }

  /**
   * For the end of a process: takes no turn any more, and resolves when those that run have ended and what they spent
   * is written. Turns within these are still let in; those that wait for the next period of a budget are refused.
   *
   * @throws `SCHEDULER_INVALID`
   */
  async drain({ waiting = 'finish' }: DrainOptions = {}): Promise<void> {
    if (waiting !== 'finish' && waiting !== 'refuse') {
      throw new EverthreadError('SCHEDULER_INVALID', 'Give waiting as finish or refuse')
    }
    await this.#admission.drain(waiting)
  }
}

async function seenBy(handle: unknown, sessionId: string): Promise<Session | undefined> {
  return handle instanceof SessionHandle ? handle.get(sessionId) : undefined
}
