import { DUE_PARTS, dueIndex, sortOf } from '../checkpoint/session-index.ts'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { dueAt, removeAtOf, stateOf } from '../checkpoint/session-state.ts'
import type { Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { inParallel } from '../session/in-parallel.ts'
import type { SessionEventType } from '../session/session-event.ts'
import type { SessionService } from '../session/session-service.ts'
import { PartLease } from './part-lease.ts'

/** So many sessions are looked at together; a process that dies leaves at most these to be announced twice. */
const PAGE = 100
const BY = { who: 'lifecycle' }
/** What is wrong with one session, rather than with the store. */
const UNREADABLE = new Set([
  'CHECKPOINT_CORRUPT',
  'VALUE_CORRUPT',
  'VALUE_NOT_ENCRYPTED',
  'DECRYPT_FAILED',
  'KEY_MISSING',
  'FORMAT_NEWER',
  'CONFLICT',
])

interface Moved {
  id: string
  type: SessionEventType
  row: SessionRow
}

/**
 * Announces what time has done to sessions since the last sweep, and deletes those whose time is over. Reading a session
 * does not depend on it. Processes that sweep at once share the parts. Gives how many have expired or were deleted here.
 */
export async function sweepSessions(store: Store, service: SessionService, signal: AbortSignal): Promise<number> {
  let count = 0
  const first = Math.floor(Math.random() * DUE_PARTS)
  for (let at = 0; at < DUE_PARTS && !signal.aborted; at++) {
    const part = (first + at) % DUE_PARTS
    const lease = await PartLease.take(store, service.tenant, part)
    if (lease) count += await new PartSweep(service, lease, part).run(signal)
  }
  return count
}

class PartSweep {
  readonly #service: SessionService
  readonly #lease: PartLease
  readonly #part: number
  #count = 0

  constructor(service: SessionService, lease: PartLease, part: number) {
    this.#service = service
    this.#lease = lease
    this.#part = part
  }

  async run(signal: AbortSignal): Promise<number> {
    if ((await this.#finishRest()) && (await this.#pages(signal))) await this.#lease.release()
    return this.#count
  }

  /** Whether the lease is still ours. What is left of it after a failure runs out by itself. */
  async #pages(signal: AbortSignal): Promise<boolean> {
    const { rows } = this.#service.engine
    const to = sortOf(this.#service.engine.now() + 1)
    let cursor: string | undefined
    do {
      const query = { index: dueIndex(this.#part), to, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }
      const page = await rows.page(query)
      if (page.ids.length > 0) {
        if (!(await this.#lease.begin(page.ids))) return false
        const moved = await inParallel(page.ids, (id) => this.#tryMove(id))
        if (!(await this.#announce(moved))) return false
      }
      cursor = page.cursor
    } while (cursor !== undefined && !signal.aborted)
    return true
  }

  /** One session that cannot be read must not keep the others from being looked at. */
  async #tryMove(id: string): Promise<Moved | undefined> {
    try {
      return await this.#move(id)
    } catch (cause) {
      if (!EverthreadError.isInstance(cause) || !UNREADABLE.has(cause.code)) throw cause
      await this.#service.hub.emit({ type: 'error', code: 'SWEEP_FAILED', sessionId: id, by: BY.who, cause })
      return undefined
    }
  }

  async #move(id: string): Promise<Moved | undefined> {
    let type: SessionEventType | undefined
    const change = await this.#service.engine.rows.adjust(id, (row, now) => {
      type = undefined
      if ((dueAt(row) ?? Number.POSITIVE_INFINITY) > now) return row
      if ((removeAtOf(row) ?? Number.POSITIVE_INFINITY) <= now) {
        type = 'deleted'
        return 'delete'
      }
      const announced = stateOf(row, now) === 'expired' ? 'expired' : 'idle'
      type = announced
      return { ...row, announced }
    })
    if (!change || !type) return undefined
    if (type !== 'idle') this.#count++
    return { id, type, row: change.before }
  }

  async #announce(moved: readonly (Moved | undefined)[]): Promise<boolean> {
    for (const one of moved) {
      if (!one) continue
      await this.#service.left(one.type, one.id, one.row)
      await this.#service.tell(one.type, one.id, one.row, BY)
      if (!(await this.#lease.keep(this.#service.engine.now()))) return false
    }
    return true
  }

  /** What a process that died had begun: it is announced, though it may have been. */
  async #finishRest(): Promise<boolean> {
    const { engine, hub } = this.#service
    for (const id of this.#lease.rest) {
      const row = await engine.rows.read(id)
      const again = { by: BY.who, detail: { again: true } }
      if (!row) await hub.emit({ type: 'deleted', sessionId: id, ...again })
      else if (row.announced) await this.#service.tell(row.announced, id, row, BY, again)
      if (!(await this.#lease.keep(engine.now()))) return false
    }
    return true
  }
}
