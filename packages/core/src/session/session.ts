import { assertOpen } from '../checkpoint/session-change.ts'
import type { CompactionReceipt } from '../context/compaction/compaction.ts'
import type { CompactOptions } from '../context/compaction/options.ts'
import { type Exported, type ExportOptions, exportPieces, exportText } from '../export/export-session.ts'
import { SessionShares, type Share, type ShareOptions } from '../share/session-shares.ts'
import { sharedPlace } from '../share/shared-place.ts'
import type { TitleModel } from '../title/generate-title.ts'
import { SessionTools } from '../tools/session-tools.ts'
import { turnAround } from '../turn/active.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { type Lock, type LockOptions, takeLock } from '../turn/lock.ts'
import { checkTurnId, readRecord, recordKeys, type TurnRecord } from '../turn/record.ts'
import { decodeRow, eventsPrefix } from '../turn/rows.ts'
import { runTurn } from '../turn/run-turn.ts'
import type { Turn } from '../turn/turn.ts'
import { checkTurn, type TurnOptions } from '../turn/turn-options.ts'
import { saveByTurns } from './save-by-turns.ts'
import { SessionBranches } from './session-branches.ts'
import { SessionCheckpoints } from './session-checkpoints.ts'
import { type CompactIfDue, SessionCompaction } from './session-compaction.ts'
import { SessionContext } from './session-context.ts'
import { type SessionData, sessionData } from './session-data.ts'
import type { SessionFacts } from './session-facts.ts'
import type { SessionLife } from './session-life.ts'
import { MessageLog, type SessionMessages } from './session-messages.ts'
import { SessionRecord } from './session-record.ts'
import { type ResetOptions, resetView } from './session-reset.ts'
import { type SessionStatus, statusOf } from './session-status.ts'
import { SessionTurns } from './session-turns.ts'
import { type Undone, undoChange } from './session-undo.ts'
import { type SessionPatch, type Updatable, updateSession } from './session-update.ts'
import { ViewChanges } from './view-changes.ts'

const EVENTS = 1_000

/** A durable conversation, as one principal sees it. */
export class Session extends SessionRecord {
  readonly messages: SessionMessages
  readonly data: SessionData
  readonly branches: SessionBranches
  readonly checkpoints: SessionCheckpoints
  /** Which tools were called, with what, and what came of it. */
  readonly tools: SessionTools
  /** Links for others to read it. */
  readonly shares: SessionShares
  /** How its history is made into what a model gets. */
  readonly context: SessionContext
  /** The turn under way, in whichever process. */
  readonly turns: SessionTurns
  readonly #desk: TurnDesk
  readonly #who: string
  readonly #facts: SessionFacts
  readonly #changes: ViewChanges
  readonly #life: SessionLife
  readonly #compaction: SessionCompaction

  constructor(desk: TurnDesk, { who, facts, life }: { who: string; facts: SessionFacts; life: SessionLife }) {
    super(desk.partition, facts, life)
    this.#desk = desk
    this.#who = who
    this.#facts = facts
    this.#life = life
    this.#changes = new ViewChanges(desk)
    this.messages = new MessageLog(desk, this.#changes, () => this.#beforeMessage())
    this.tools = new SessionTools(desk)
    this.shares = new SessionShares(sharedPlace(desk, this.#changes, this.messages, facts))
    this.turns = new SessionTurns(desk, () => life.assertThere())
    this.data = sessionData(desk.data)
    this.branches = new SessionBranches(desk, this.#changes)
    this.checkpoints = new SessionCheckpoints(desk, this.#changes)
    this.context = new SessionContext(desk, this.#changes)
    this.#compaction = new SessionCompaction(desk, this.#changes, this.context)
  }

  /**
   * Runs `work` as a turn: nobody else writes to the session meanwhile, in whichever process. What it gives is the
   * result, once the last step has landed.
   *
   * @throws `SESSION_ARCHIVED`, `SESSION_EXPIRED`, `SESSION_NOT_FOUND`, `SESSION_BUSY`, `FENCED`, `TURN_INTERRUPTED`,
   * `TURN_TIMEOUT`, `TURN_NESTED`, `TURN_OPTIONS_INVALID`, the signal's reason, and what `work` throws
   */
  async turn<T>(work: (turn: Turn) => Promise<T> | T, options: TurnOptions = {}): Promise<T> {
    checkTurn(work, options)
    // The commits would be refused anyway, but the work need not be done for it.
    assertOpen(this.#facts.row, undefined)
    const begin = async (turn: Turn): Promise<T> => {
      await this.#life.beforeMessage(this.#desk, this.#changes, true)
      const result = await work(turn)
      await saveByTurns(this.#desk, this.checkpoints, turn, this.#life.everyTurns)
      return result
    }
    const result = await runTurn(this.#desk, { who: this.#who, subject: () => this.#facts.subject() }, begin, options)
    this.#life.compactAfterTurn(this.#compaction)
    return result
  }

  /**
   * Changes what is said of it: title, metadata, settings and the like, never its data. A function is given what stands,
   * and runs again when somebody else was faster, until its change lands.
   *
   * @throws `SESSION_INVALID`, `METADATA_INVALID`, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  update(change: SessionPatch | ((session: Updatable) => SessionPatch | Promise<SessionPatch>)): Promise<void> {
    return updateSession(this.#desk, change)
  }

  /** The session at a glance: `/status`. */
  status(): Promise<SessionStatus> {
    return statusOf(this.#desk, { facts: this.#facts, context: this.context, life: this.#life })
  }

  /**
   * Begins anew: what is seen is empty, for the next run of a graph, too. What was before stays on its branch.
   *
   * @throws `RESET_INVALID`, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  reset(options: ResetOptions = {}): Promise<void> {
    return resetView(this.#desk, this.#changes, options)
  }

  /**
   * Takes back the last reset, switch, restore or compaction that still stands; again, the one before it. The plans that
   * contexts were made by since go with it; a plan alone is taken back only where there is nothing else. Undefined: there
   * was nothing to take back.
   *
   * @throws `BRANCH_NOT_FOUND` when what was seen before has been deleted, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`,
   * `SESSION_EXPIRED`
   */
  undo(): Promise<Undone | undefined> {
    return undoChange(this.#desk, this.#changes, true)
  }

  /**
   * Lets a model put a summary in the place of all but the last messages, as the model of the next turns sees them; the
   * history keeps them, and {@link undo} brings them back. A model that fails, or whose summary cannot be used, changes
   * nothing. Two calls at once are one. It waits for no turn: what is said meanwhile comes after the summary.
   *
   * @throws `COMPACTION_INVALID`, `CONTEXT_OPTIONS_INVALID`; all else is in the receipt
   */
  async compact(options: CompactOptions): Promise<CompactionReceipt> {
    return this.#compaction.compact(options)
  }

  /**
   * As {@link compact}, when it is due: with more than 50 messages, or more than 0.7 of the window, or at an interval,
   * and not again before enough has come since the last try. Undefined: it was not due. Await it, or let it run while
   * the next turn goes on.
   *
   * @throws `COMPACTION_INVALID`, `CONTEXT_OPTIONS_INVALID`
   */
  async compactIfDue(options: CompactIfDue): Promise<CompactionReceipt | undefined> {
    return this.#compaction.compactIfDue(options)
  }

  /** Ends when a compaction that is under way in this process has ended. */
  settled(): Promise<void> {
    return this.#compaction.settled()
  }

  /** The turn of this session that the calling code runs in. */
  get currentTurn(): Turn | undefined {
    return turnAround(this.#desk)
  }

  /**
   * What is known of a turn; of those that are over for 7 days.
   *
   * @throws `ID_INVALID`, `SESSION_NOT_FOUND`
   */
  async turnRecord(id: string): Promise<TurnRecord | undefined> {
    checkTurnId(id)
    await this.#life.assertThere()
    const { store, partition } = this.#desk
    const { rows } = await store.read(partition, [{ get: recordKeys(id) }])
    return readRecord(id, rows[0] ?? [])
  }

  /**
   * What a turn has emitted, in order; the first 1,000.
   *
   * @throws `ID_INVALID`, `SESSION_NOT_FOUND`
   */
  async turnEvents(id: string): Promise<unknown[]> {
    checkTurnId(id)
    await this.#life.assertThere()
    const { store, partition } = this.#desk
    const { rows } = await store.read(partition, [{ prefix: eventsPrefix(id), limit: EVENTS }])
    return (rows[0] ?? []).map(decodeRow)
  }

  /**
   * Keeps turns and other locks out, until it is released or its time is over.
   *
   * @throws `SESSION_BUSY`, `LOCK_INVALID`, `SESSION_NOT_FOUND`, the signal's reason
   */
  async lock(options: LockOptions): Promise<Lock> {
    await this.#life.assertThere()
    return takeLock(this.#desk, this.#who, options)
  }

  /**
   * All of it as one text, for `import`, or what is seen of it, to be read.
   *
   * @throws `EXPORT_FORMAT_UNKNOWN`, `EXPORT_TOO_LARGE`, `SESSION_NOT_FOUND`, `CONFLICT`
   */
  async export(options: ExportOptions = {}): Promise<string> {
    await this.#life.assertThere()
    return exportText(this.#exported, options)
  }

  /**
   * The same piece by piece. `CONFLICT` at its end says that the session was written to meanwhile.
   *
   * @throws `EXPORT_FORMAT_UNKNOWN`, `SESSION_NOT_FOUND`, `CONFLICT`
   */
  async *exportStream(options: ExportOptions = {}): AsyncGenerator<string> {
    await this.#life.assertThere()
    yield* exportPieces(this.#exported, options)
  }

  /**
   * A link for others to read it. Its token is told this once.
   *
   * @throws `SHARE_INVALID`, `SHARES_TOO_MANY`, `MESSAGE_NOT_FOUND`, `BRANCH_NOT_FOUND`, `SESSION_NOT_FOUND`
   */
  share(options: ShareOptions = {}): Promise<Share & { token: string }> {
    return this.shares.create(options)
  }

  /**
   * Its title, which is made of what the user said first, or by a model, when there is none. A model that fails is
   * told of by an event. Undefined while the user has said nothing.
   *
   * @throws `TITLES_INVALID`, `SESSION_NOT_FOUND`
   */
  async generateTitle(model?: TitleModel): Promise<string | undefined> {
    return this.#life.generateTitle(this.#desk, model)
  }

  /** A turn was judged when it began. */
  async #beforeMessage(): Promise<void> {
    if (!this.currentTurn) await this.#life.beforeMessage(this.#desk, this.#changes, false)
  }

  get #exported(): Exported {
    const { engine, content } = this.#desk
    return { engine, id: this.id, messages: async () => (await content.view()).messages }
  }
}
