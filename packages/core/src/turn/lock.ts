import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import { acquire } from './acquire.ts'
import type { TurnDesk } from './desk.ts'
import { giveLeaseBack } from './lease.ts'
import type { LeaseHolder } from './lease-holder.ts'
import { type OnBusy, strategyOf } from './on-busy.ts'

export interface LockOptions {
  /** How long the lock lives, ms. It is not renewed by itself. */
  ttl: number
  /** Default `queue`. A lock ends no turn: only `queue` and `reject`. */
  onBusy?: Extract<OnBusy, 'queue' | 'enqueue' | 'reject'>
  /** Ends the wait. */
  signal?: AbortSignal
}

/** Keeps turns and other locks out, for work on a session that is no turn. */
export class Lock {
  /** Names this hold of the session; another's is another. */
  readonly token: string
  readonly #desk: TurnDesk
  readonly #holder: LeaseHolder

  constructor(desk: TurnDesk, holder: LeaseHolder) {
    this.#desk = desk
    this.#holder = holder
    this.token = holder.lease.id
  }

  /**
   * Lives for so long from now.
   *
   * @throws `LOCK_LOST` when it has run out, whoever holds the session now
   */
  async extend(ttl: number): Promise<void> {
    await this.#holder.extend(checkTtl(ttl)).catch((error: unknown) => {
      throw lockLost(error)
    })
  }

  /**
   * Once is enough; later calls do nothing.
   *
   * @throws `LOCK_LOST` when it has run out before: then others may have worked meanwhile
   */
  async release(): Promise<void> {
    if (!this.#holder.isHeld) return
    try {
      await this.#desk.engine.commit(this.#desk.partition.id, [giveLeaseBack], this.#holder)
    } catch (error) {
      throw lockLost(error)
    } finally {
      this.#holder.stop()
      this.#desk.room.wake()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release()
  }
}

export async function takeLock(desk: TurnDesk, holder: string, options: LockOptions): Promise<Lock> {
  const { ttl, onBusy, signal } = knownOptions(options, ['ttl', 'onBusy', 'signal'], 'LOCK_INVALID')
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new EverthreadError('LOCK_INVALID', 'Give a lock the signal of an AbortController')
  }
  const strategy = strategyOf(onBusy)
  if (strategy !== 'queue' && strategy !== 'reject') {
    throw new EverthreadError('LOCK_INVALID', 'Give a lock onBusy as queue or reject: it ends no turn')
  }
  const acquired = await acquire(desk, {
    id: desk.newId(),
    kind: 'lock',
    holder,
    ttlMs: checkTtl(ttl),
    reject: strategy === 'reject',
    stop: false,
    join: false,
    penaltyMs: 0,
    signal: signal ?? new AbortController().signal,
  })
  return new Lock(desk, (acquired as Extract<typeof acquired, { holder: unknown }>).holder)
}

function checkTtl(ttl: number): number {
  if (typeof ttl === 'number' && Number.isSafeInteger(ttl) && ttl > 0) return ttl
  throw new EverthreadError('LOCK_INVALID', 'Give a lock its ttl as a whole number of milliseconds above 0')
}

function lockLost(error: unknown): unknown {
  if (!EverthreadError.isInstance(error) || error.code !== 'FENCED') return error
  return new EverthreadError('LOCK_LOST', 'The lock has run out: give it a longer ttl, or extend it in time', {
    cause: error,
    committed: 'no',
  })
}
