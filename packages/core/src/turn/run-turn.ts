import { unpackAppended } from '../checkpoint/appended.ts'
import { FIRST_STANDING } from '../checkpoint/standing.ts'
import { createSerialiser } from '../codec/serialise.ts'
import { EverthreadError } from '../errors.ts'
import { type Acquired, acquire } from './acquire.ts'
import { inside, isInsideTurnOf, turnAround } from './active.ts'
import { costOf } from './cost.ts'
import type { TurnDesk } from './desk.ts'
import type { TurnPass, TurnSubject } from './gate.ts'
import { joinTurn } from './join.ts'
import { giveLeaseBack } from './lease.ts'
import { classOf, penaltyOf } from './on-busy.ts'
import { putEnded, type TurnRecord } from './record.ts'
import { recover } from './recovery.ts'
import { rollBack } from './rollback.ts'
import { RUNNING_KEY } from './rows.ts'
import { Spending } from './spending.ts'
import { watchForStop } from './stop-watch.ts'
import { Turn } from './turn.ts'
import { checkStrategy, type TurnOptions } from './turn-options.ts'

/** How long a turn that was told to end may take to seal what it has, at most. */
const SEAL_MS = 5_000

const { stringify, parse } = createSerialiser()

/** What a call needs to know of how its turn went. */
interface Run {
  desk: TurnDesk
  options: TurnOptions
  /** Aborts the turn. */
  abort: AbortController
  pass: TurnPass | undefined
  spending: Spending
  /** Whether its work was begun, and whether it was complete. */
  began: boolean
  complete: boolean
}

/** Whose turn it is, and of what. */
export interface Whose {
  who: string
  /** Asked for where there is a scheduler. */
  subject(): Promise<TurnSubject>
}

/**
 * Runs `work` as a turn of the session.
 *
 * @throws `SESSION_BUSY`, `FENCED`, `TURN_INTERRUPTED`, `TURN_TIMEOUT`, `TURN_NESTED`, `TURN_OPTIONS_INVALID`,
 * `COST_INVALID`, `BUDGET_EXCEEDED`, `SCHEDULER_DRAINING`, the signal's reason, and what `work` throws
 */
export async function runTurn<T>(
  desk: TurnDesk,
  { who, subject }: Whose,
  work: (turn: Turn) => Promise<T> | T,
  options: TurnOptions,
): Promise<T> {
  const strategy = checkStrategy(options)
  const penaltyMs = penaltyOf(strategy, options.priority)
  if (turnAround(desk)) {
    throw new EverthreadError('TURN_NESTED', 'This code runs in a turn of the session already: use that turn')
  }
  const abort = new AbortController()
  const unlink = linkAbort(abort, options)
  let run: Run | undefined
  try {
    const pass = await letIn(desk, subject, options, { queues: strategy === 'queue', signal: abort.signal })
    const spending = new Spending(desk.gate ? desk.gate.unit : 'tokens')
    run = { desk, options, abort, pass, spending, began: false, complete: false }
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
        penaltyMs,
        waitedMs: pass?.scheduled.waitedMs ?? 0,
        scheduled: pass?.scheduled,
        waits: pass && (() => pass.waits()),
        signal: abort.signal,
      })
      if ('holder' in acquired) return await perform(run, acquired, strategy === 'rollback', work)
      pass?.waits()
      const known = acquired.known ?? (await joinTurn(desk, id, abort.signal))
      if (known) return resultOf(known) as T
    }
  } finally {
    unlink()
    if (run) await run.pass?.end({ began: run.began, complete: run.complete, spent: run.spending.end() })
  }
}

/** Waits until the scheduler, if there is one, lets the turn run. */
async function letIn(
  desk: TurnDesk,
  subject: Whose['subject'],
  { priority, cost, complexity }: TurnOptions,
  { queues, signal }: { queues: boolean; signal: AbortSignal },
): Promise<TurnPass | undefined> {
  const { gate, store, engine, partition, leaseMs } = desk
  if (!gate) {
    if (cost === undefined && complexity === undefined) return undefined
    const message = 'Give the SessionManager a scheduler: cost and complexity are for it'
    throw new EverthreadError('TURN_OPTIONS_INVALID', message)
  }
  signal.throwIfAborted()
  return gate.admit({
    ...(await subject()),
    store,
    tenant: partition.tenant,
    sessionId: partition.id,
    priority: classOf(priority),
    cost,
    complexity,
    leaseMs,
    queues,
    nested: isInsideTurnOf(gate),
    signal,
    now: () => engine.now(),
  })
}

async function perform<T>(
  run: Run,
  acquired: Extract<Acquired, { holder: unknown }>,
  rollsBack: boolean,
  work: (turn: Turn) => Promise<T> | T,
): Promise<T> {
  const { desk, options, abort, pass, spending } = run
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
  const spent = () => (spending.total ? { spent: costOf(spending.total) } : {})
  const seal = async (turn: Turn | undefined, state: 'complete' | 'interrupted', result?: unknown): Promise<void> => {
    over.abort()
    holder.ends()
    const end = (record: TurnRecord): TurnRecord => ({
      ...record,
      ...spent(),
      state,
      endedAt: Math.floor(desk.engine.now()),
    })
    const text = options.commitId !== undefined && state === 'complete' ? { result: stringify(result, 'result') } : {}
    const rows = (record: TurnRecord) => [putEnded({ ...end(record), ...text }), { del: RUNNING_KEY }, giveLeaseBack]
    if (turn) await turn.finish(rows)
    else await desk.engine.commit(session, rows(acquired.record), holder)
    holder.stop()
  }
  let turn: Turn | undefined
  try {
    pass?.begin()
    content.tipIs(acquired.record.startedFrom, unpackAppended(acquired.record))
    if (rollsBack)
      await rollBack(
        desk,
        content,
        holder,
        [...stopped, ...(left ? [left.id] : [])],
        acquired.record.standing ?? FIRST_STANDING,
      )
    const recovered = left && (await recover(desk, left))
    const { record } = acquired
    const running = new Turn({ desk, holder, content, record, recovered, signal, spending, degraded: pass?.degraded })
    turn = running
    run.began = true
    const task = inside(desk, running, async () => {
      if (recovered) await options.onRecover?.(running, recovered)
      return work(running)
    })
    const result = await untilAborted(task, signal, () => interrupted)
    await seal(turn, signal.aborted ? 'interrupted' : 'complete', result)
    signal.throwIfAborted()
    run.complete = true
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
