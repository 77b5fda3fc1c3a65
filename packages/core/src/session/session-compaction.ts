import { checkedObject } from '../context/check-options.ts'
import { compactView } from '../context/compaction/compact-view.ts'
import type { CompactionReceipt } from '../context/compaction/compaction.ts'
import { type CheckedOptions, type CompactOptions, checkCompactOptions } from '../context/compaction/options.ts'
import { type CompactionTriggers, compactionDue } from '../context/compaction/triggers.ts'
import { History } from '../context/history.ts'
import { neutralLens } from '../context/lenses/neutral.ts'
import { checkedCounter } from '../context/tokens/counter.ts'
import type { NeutralMessage } from '../message/message.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { CONTEXT_KEY, type ContextRecord, compactionOps, readContext, type Tried, triedOps } from './context-rows.ts'
import type { SessionContext } from './session-context.ts'
import type { ViewChanges } from './view-changes.ts'

export interface CompactIfDue extends CompactOptions {
  /** Default: more than 50 messages, or more than 0.7 of `window`. */
  when?: CompactionTriggers
}

/** @throws `COMPACTION_INVALID`, `CONTEXT_OPTIONS_INVALID` */
export function checkCompactIfDue(given: CompactIfDue): void {
  const { when: _, ...options } = checkedObject('compactIfDue', given)
  checkCompactOptions(options)
}

/** Compactions under way in this process: two at once make one. */
const running = new WeakMap<TurnDesk, Promise<CompactionReceipt>>()

/** Puts a summary in the place of what was said earlier, as seen by the model. */
export class SessionCompaction {
  readonly #desk: TurnDesk
  readonly #changes: ViewChanges
  readonly #context: SessionContext

  constructor(desk: TurnDesk, changes: ViewChanges, context: SessionContext) {
    this.#desk = desk
    this.#changes = changes
    this.#context = context
  }

  /** Whatever happens from here on ends in a receipt. */
  compact(options: CompactOptions): Promise<CompactionReceipt> {
    const checked = checkCompactOptions(options)
    return this.#once(() => this.#run(checked))
  }

  /** Undefined: it was not due. As with `compact`, what goes wrong ends in a receipt: nobody has to await it. */
  async compactIfDue(given: CompactIfDue): Promise<CompactionReceipt | undefined> {
    const { when, ...options } = checkedObject('compactIfDue', given)
    const checked = checkCompactOptions(options)
    const under = running.get(this.#desk)
    if (under) return under
    try {
      const reason = await this.#due(checked, when)
      return reason && (await this.#once(() => this.#run({ ...checked, reason: options.reason ?? reason })))
    } catch (error) {
      return failed(checked, error, undefined)
    }
  }

  async #due(checked: CheckedOptions, when: CompactionTriggers | undefined): Promise<ReturnType<typeof compactionDue>> {
    const { history, view, record } = await this.#context.seen()
    return compactionDue(
      {
        messages: view.messages.length,
        tokens: sizeOf(view.messages, checked),
        window: checked.window,
        now: this.#desk.engine.now(),
        began: history[0]?.createdAt ?? this.#desk.engine.now(),
        last: record.tried && { at: record.tried.at, since: sinceThen(history, record.tried, checked) },
      },
      when,
    )
  }

  /** When what is under way has ended. */
  async settled(): Promise<void> {
    await running.get(this.#desk)
  }

  #once(work: () => Promise<CompactionReceipt>): Promise<CompactionReceipt> {
    const under = running.get(this.#desk)
    if (under) return under
    const made = work().finally(() => running.delete(this.#desk))
    running.set(this.#desk, made)
    return made
  }

  async #run(options: CheckedOptions): Promise<CompactionReceipt> {
    const { engine, newId } = this.#desk
    let receipt: CompactionReceipt | undefined
    try {
      const { history, record } = await this.#context.seen()
      const source = { history, newestFirst: record.compactions, id: newId(), now: Math.floor(engine.now()) }
      receipt = await compactView(source, options)
      if (receipt.attempts === 0) return receipt
      return (await this.#record(record, receipt, history.length)) ? receipt : overtaken(receipt)
    } catch (error) {
      return failed(options, error, receipt)
    }
  }

  /** Whether it was recorded: none was made meanwhile, by another process. */
  #record(record: ContextRecord, { compaction }: CompactionReceipt, history: number): Promise<boolean> {
    const tried = triedOps({ at: Math.floor(this.#desk.engine.now()), history })
    return this.#changes.change(async () => {
      if (!compaction) return { planned: { ops: tried }, result: true }
      const now = await readContext(this.#desk, { plans: new Map(), compactions: new Map() })
      if (now.row.compactions[0] !== record.row.compactions[0]) return { planned: undefined, result: false }
      const ops = [...compactionOps(now, compaction), ...tried]
      return { planned: { ops, log: { kind: 'compaction', rows: [[CONTEXT_KEY, now.text]] } }, result: true }
    })
  }
}

function sizeOf(messages: readonly NeutralMessage[], { tokenCounter }: CheckedOptions): number {
  const history = new History(messages, neutralLens, checkedCounter(tokenCounter))
  return messages.reduce((sum, _, at) => sum + history.counted(at).tokens, 0)
}

/** What was said since the last try; after a reset, or on another branch, all that is seen. */
function sinceThen(
  history: readonly NeutralMessage[],
  { history: before }: Tried,
  options: CheckedOptions,
): { messages: number; tokens: number } {
  const said = history.slice(before <= history.length ? before : 0)
  return { messages: said.length, tokens: sizeOf(said, options) }
}

function overtaken({ compaction: _, ...receipt }: CompactionReceipt): CompactionReceipt {
  const { tokens, messages } = receipt
  return {
    ...receipt,
    outcome: 'skipped',
    why: 'another compaction was made meanwhile',
    tokens: { before: tokens.before, after: tokens.before },
    messages: { before: messages.before, after: messages.before },
  }
}

function failed({ reason }: CheckedOptions, error: unknown, made: CompactionReceipt | undefined): CompactionReceipt {
  const { before: tokens } = made?.tokens ?? { before: 0 }
  const { before: messages } = made?.messages ?? { before: 0 }
  return {
    outcome: 'failed',
    reason,
    why: error instanceof Error ? error.message : String(error),
    tokens: { before: tokens, after: tokens },
    messages: { before: messages, after: messages },
    attempts: made?.attempts ?? 0,
    problems: made?.problems ?? [],
  }
}
