import { unpackAppended } from '../checkpoint/appended.ts'
import { createSerialiser } from '../codec/serialise.ts'
import { EverthreadError } from '../errors.ts'
import { type Acquired, acquire } from './acquire.ts'
import { inside, turnAround } from './active.ts'
import type { TurnDesk } from './desk.ts'
import { joinTurn } from './join.ts'
import { giveLeaseBack } from './lease.ts'
import { type OnBusy, type Priority, penaltyOf, strategyOf } from './on-busy.ts'
import { putEnded, type TurnRecord } from './record.ts'
import { type Recovered, recover } from './recovery.ts'
import { rollBack } from './rollback.ts'
import { RUNNING_KEY } from './rows.ts'
import { watchForStop } from './stop-watch.ts'
import { Turn } from './turn.ts'

export interface TurnOptions {
  /** What to do when the session has a turn already. Default `queue`. */
  onBusy?: OnBusy
  /** Who goes first of those who wait: a lesser class that has waited long enough goes first. Default `normal`. */
  priority?: Priority
  /** Gives up: the wait or the turn ends at once, its lease is free, and what is not committed is discarded. */
  signal?: AbortSignal
  /** As a signal that aborts after so many ms, waiting included; with `TURN_TIMEOUT`. */
  timeout?: number
  /**
   * Names the turn. Once a turn of this name is complete, calls with it give its result, which is kept for 7 days, and
   * run nothing.
   */
  commitId?: string
  /** Called before the turn when the one before died: may finish or seal what it left. */
  onRecover?(turn: Turn, recovered: Recovered): Promise<void> | void
}

/** How long a turn that was told to end may take to seal what it has, at most. */
const SEAL_MS = 5_000

const { stringify, parse } = createSerialiser()

/** What a call needs to know of how its turn went. */
interface Run {
  desk: TurnDesk
  options: TurnOptions
  /** Aborts the turn. */
  abort: AbortController
}

/**
 * Runs `work` as a turn of the session.
 *
 * @throws `SESSION_BUSY`, `FENCED`, `TURN_INTERRUPTED`, `TURN_TIMEOUT`, `TURN_NESTED`, `TURN_OPTIONS_INVALID`, the
 * signal's reason, and what `work` throws
 */
export async function runTurn<T>(
  desk: TurnDesk,
  who: string,
  work: (turn: Turn) => Promise<T> | T,
  options: TurnOptions,
): Promise<T> {
  const strategy = checkOptions(options)
  if (turnAround(desk)) {
    throw new EverthreadError('TURN_NESTED', 'This code runs in a turn of the session already: use that turn')
  }
  const abort = new AbortController()
  const unlink = linkAbort(abort, options)
  const run: Run = { desk, options, abort }
  try {
    const id = options.commitId ?? desk.newId()
    for (;;) {
      const acquired = await acquire(desk, {
        id,
        kind: 'turn',
        holder: who,
        ttlMs: desk.leaseMs,
        reject: strategy === 'reject',
        stop: strategy === 'interrupt' || strategy === 'rollback',
        join: strategy === 'join',
        penaltyMs: penaltyOf(strategy, options.priority),
        signal: abort.signal,
      })
      if ('holder' in acquired) return await perform(run, acquired, strategy === 'rollback', work)
      const known = acquired.known ?? (await joinTurn(desk, id, abort.signal))
      if (known) return resultOf(known) as T
    }
  } finally {
    unlink()
  }
}

async function perform<T>(
  { desk, options, abort }: Run,
  acquired: Extract<Acquired, { holder: unknown }>,
  rollsBack: boolean,
  work: (turn: Turn) => Promise<T> | T,
): Promise<T> {
  const { holder, left, stopped } = acquired
  const session = desk.partition.id
  const { content } = desk
  const over = new AbortController()
  const signal = AbortSignal.any([abort.signal, holder.signal])
  let interrupted = false
  watchForStop(desk, holder.lease.id, over.signal, () => {
    interrupted = true
    abort.abort(
      new EverthreadError(
        'TURN_INTERRUPTED',
        'Another turn took the place of this one, or somebody ended it: run it again',
      ),
    )
  })
  const seal = async (turn: Turn | undefined, state: 'complete' | 'interrupted', result?: unknown): Promise<void> => {
    over.abort()
    holder.ends()
    const end = (record: TurnRecord): TurnRecord => ({ ...record, state, endedAt: Math.floor(desk.engine.now()) })
    const text = options.commitId !== undefined && state === 'complete' ? { result: stringify(result, 'result') } : {}
    const rows = (record: TurnRecord) => [putEnded({ ...end(record), ...text }), { del: RUNNING_KEY }, giveLeaseBack]
    if (turn) await turn.finish(rows)
    else await desk.engine.commit(session, rows(acquired.record), holder)
    holder.stop()
  }
  let turn: Turn | undefined
  try {
    content.tipIs(acquired.record.startedFrom, unpackAppended(acquired.record))
    if (rollsBack) await rollBack(desk, content, holder, [...stopped, ...(left ? [left.id] : [])])
    const recovered = left && (await recover(desk, left))
    const running = new Turn({ desk, holder, content, record: acquired.record, recovered, signal })
    turn = running
    const task = inside(desk, running, async () => {
      if (recovered) await options.onRecover?.(running, recovered)
      return work(running)
    })
    const result = await untilAborted(task, signal, () => interrupted)
    await seal(turn, signal.aborted ? 'interrupted' : 'complete', result)
    signal.throwIfAborted()
    return result
  } catch (error) {
    if (holder.isHeld) {
      turn?.discard()
      // The error that ended the turn matters; a lease that cannot be given back runs out.
      await seal(turn, 'interrupted').catch(() => undefined)
    }
    throw signal.aborted ? signal.reason : error
  } finally {
    over.abort()
    holder.stop()
    desk.room.wake()
  }
}

/**
 * What the work gives, but no longer than until the signal aborts. Work whose place another turn takes has a little
 * time to seal what it has.
 */
function untilAborted<T>(task: Promise<T>, signal: AbortSignal, mayEnd: () => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    const abort = (): void => {
      if (mayEnd()) timer = setTimeout(() => reject(signal.reason), SEAL_MS)
      else reject(signal.reason)
    }
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    task.then(resolve, reject).finally(end)
  })
}

/** Aborts with the caller's signal and after the timeout. Gives what undoes it. */
function linkAbort(abort: AbortController, { signal, timeout }: TurnOptions): () => void {
  const pass = (): void => abort.abort(signal?.reason)
  if (signal?.aborted) pass()
  signal?.addEventListener('abort', pass)
  const late = (): void =>
    abort.abort(new EverthreadError('TURN_TIMEOUT', `The turn took longer than ${timeout} ms: give it more time`))
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout)
  return () => {
    signal?.removeEventListener('abort', pass)
    clearTimeout(timer)
  }
}

function resultOf(record: TurnRecord): unknown {
  if (record.state === 'complete') return record.result === undefined ? undefined : parse(record.result)
  throw new EverthreadError('TURN_INTERRUPTED', 'The turn that this call joined was interrupted: run it again')
}

function checkOptions({ onBusy, commitId, timeout }: TurnOptions): ReturnType<typeof strategyOf> {
  const strategy = strategyOf(onBusy)
  if (strategy === 'join' && commitId === undefined)
    throw wrongOptions('Give a turn that joins a commitId: it names the turn')
  if (commitId !== undefined && (typeof commitId !== 'string' || commitId === '' || commitId.length > 200)) {
    throw wrongOptions('Give commitId as a text of 1 to 200 characters')
  }
  if (timeout !== undefined && !(timeout > 0 && timeout <= 2 ** 31 - 1)) {
    throw wrongOptions('Give timeout as a number of milliseconds above 0')
  }
  return strategy
}

const wrongOptions = (message: string): EverthreadError => new EverthreadError('TURN_OPTIONS_INVALID', message)

/** @throws `TURN_OPTIONS_INVALID` */
export function checkTurn(work: unknown, options: unknown): void {
  if (typeof work !== 'function') throw wrongOptions('Give the work of the turn as a function')
  if (typeof options !== 'object' || options === null) throw wrongOptions('Give the options of the turn as an object')
  const { signal, onRecover } = options as Partial<TurnOptions>
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongOptions('Give signal as that of an AbortController')
  }
  if (onRecover !== undefined && typeof onRecover !== 'function') throw wrongOptions('Give onRecover as a function')
}
