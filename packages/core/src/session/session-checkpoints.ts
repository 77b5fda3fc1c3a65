import { SAVED } from '../checkpoint/layout.ts'
import type { LoadedCheckpoint } from '../checkpoint/loader.ts'
import type { Candidate } from '../checkpoint/prune-scan.ts'
import type { PutCheckpoint } from '../checkpoint/put-request.ts'
import { assertOwner } from '../checkpoint/session-change.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { left, nameFor, newBranchId } from './branch-changes.ts'
import { mayBeId, nextCheckpointId, timeOf } from './checkpoint-id.ts'
import { Foreign } from './neutral-format.ts'
import {
  channelsOf,
  deletedHeader,
  HISTORY,
  headerOf,
  isOver,
  placeOf,
  type SavedCheckpoint,
  savedFrom,
} from './saved-checkpoint.ts'
import type { ViewChanges, ViewPut } from './view-changes.ts'
import type { ViewState } from './view-state.ts'

export interface SaveCheckpoint {
  /** At most 256 characters. */
  label?: string
  /** Lives for so long, ms. Default: for as long as the session. */
  ttl?: number
}

export interface ListCheckpoints {
  /** At most so many. Default 100. */
  limit?: number
  /** Only those older than the one with this id. */
  before?: string
  /** `core`: those that were saved here. `langgraph`: those of the graph, with its channels as data. Default `core`. */
  source?: 'core' | 'langgraph'
}

const DEFAULT_LIMIT = 100
const LABEL_CHARS = 256
/** What the core itself writes into the history's line is no graph's. */
const isOfCore = ({ header }: LoadedCheckpoint): boolean =>
  typeof header === 'object' && header !== null && (header as { source?: unknown }).source === 'core'

/**
 * Snapshots of whatever the application wants to keep, each whole by itself, with the place in the history at which it
 * was made. What has not changed since the one before is stored once.
 */
export class SessionCheckpoints {
  readonly #desk: TurnDesk
  readonly #changes: ViewChanges

  constructor(desk: TurnDesk, changes: ViewChanges) {
    this.#desk = desk
    this.#changes = changes
  }

  /**
   * @throws `CHECKPOINT_INVALID`, `VALUE_CYCLIC`, `VALUE_TOO_DEEP`, `VALUE_TOO_LARGE`, `VALUE_UNSUPPORTED`,
   * `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  async save(data: unknown, options: SaveCheckpoint = {}): Promise<SavedCheckpoint> {
    const { label, ttl } = knownOptions(options, ['label', 'ttl'], 'CHECKPOINT_INVALID')
    checkSave(label, ttl)
    const { changed, keys } = channelsOf(data)
    const { engine, partition } = this.#desk
    const state = await this.#changes.begun()
    const latest = await engine.load(partition.id, SAVED)
    const parent = (await this.#restored(state, latest)) ?? latest
    const runs = await engine.histories.runs(partition.id)
    const { id: at, appended } = state.tip
    const now = Math.floor(engine.now())
    const place = { id: at, appended, messages: state.session.counts.messages }
    const id = nextCheckpointId(latest?.id, now)
    const header = headerOf({ now, ttl, label }, keys, place)
    await this.#put({
      id,
      parentId: parent?.id,
      header,
      changed,
      byReference: new Map([[HISTORY, [...(runs?.own ?? []), ...(runs?.behind.runs ?? [])]]]),
    })
    if (ttl !== undefined) await this.#remove((loaded) => isOver(loaded, engine.now()))
    return savedFrom({ id, parentId: parent?.id, header, channels: Object.fromEntries(changed) })
  }

  /** The newest one that was saved. */
  async latest(): Promise<SavedCheckpoint | undefined> {
    const [latest] = await this.list({ limit: 1 })
    return latest
  }

  async get(id: string): Promise<SavedCheckpoint | undefined> {
    const loaded = await this.#load(id)
    return loaded && savedFrom(loaded)
  }

  /**
   * Newest first.
   *
   * @throws `LIST_INVALID`
   */
  async list(options: ListCheckpoints = {}): Promise<SavedCheckpoint[]> {
    const given = knownOptions(options, ['limit', 'before', 'source'], 'LIST_INVALID')
    const { limit = DEFAULT_LIMIT, before, source = 'core' } = given
    checkList({ limit, before, source })
    const { engine, partition } = this.#desk
    const isCore = source === 'core'
    const query = { namespace: isCore ? SAVED : '', ...(before === undefined ? {} : { before }) }
    const found: SavedCheckpoint[] = []
    if (limit === 0) return found
    for await (const loaded of engine.list(partition.id, query)) {
      if (isCore ? isOver(loaded, engine.now()) : isOfCore(loaded)) continue
      found.push(isCore ? savedFrom(loaded) : ofGraph(loaded))
      if (found.length >= limit) break
    }
    await this.#assertOwner()
    return found
  }

  /** Whether it was there. */
  async delete(id: string): Promise<boolean> {
    return (await this.#remove((one) => one.id === id)) > 0
  }

  /** How many there were. */
  clear(): Promise<number> {
    return this.#remove(() => true)
  }

  /**
   * Goes back to where the history was when it was saved, on a branch of its own (`restored-1`, ...); what came later
   * stays where it is, and {@link Session.undo} goes back there. The next one that is saved follows this one.
   *
   * @throws `CHECKPOINT_NOT_FOUND`, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  async restore(id: string): Promise<SavedCheckpoint> {
    const loaded = await this.#load(id)
    if (!loaded) throw new EverthreadError('CHECKPOINT_NOT_FOUND', 'There is no such checkpoint: list those there are')
    const { engine, partition } = this.#desk
    const place = placeOf(loaded)
    const stood = await engine.load(partition.id, '', place.id)
    const runs = await engine.histories.runsAt(partition.id, { namespace: SAVED, id, channel: HISTORY })
    await this.#changes.change(async (state) => {
      const branch = newBranchId()
      const at = stood ? place.appended : { runs, count: place.messages }
      const put: ViewPut = {
        ...this.#desk.content.emptyTip(),
        ...(stood ? { copyOf: place.id, header: stood.header, carries: () => true, needsParent: true } : {}),
        behind: { appended: at, messages: place.messages },
      }
      const row = {
        name: nameFor(state, undefined, 'restored'),
        createdAt: Math.floor(engine.now()),
        from: { checkpoint: id },
        head: undefined,
        messages: place.messages,
      }
      const log = { kind: 'restore', made: { branch, checkpoint: put.id } }
      const latest = (await engine.load(partition.id, SAVED))?.id ?? id
      const view = { branch, saved: { id, latest } }
      return {
        planned: { branches: new Map([left(state), [branch, row]]), view, move: { put }, log },
        result: undefined,
      }
    })
    return savedFrom(loaded)
  }

  async #load(id: unknown): Promise<LoadedCheckpoint | undefined> {
    const { engine, partition } = this.#desk
    // No other text is the id of one that was saved, and some would be none that a store takes.
    if (typeof id !== 'string' || timeOf(id) === undefined) return undefined
    const loaded = await engine.load(partition.id, SAVED, id)
    await this.#assertOwner()
    return loaded && !isOver(loaded, engine.now()) ? loaded : undefined
  }

  /** The one that was restored, if none has been saved since. */
  async #restored({ view }: ViewState, latest: LoadedCheckpoint | undefined): Promise<LoadedCheckpoint | undefined> {
    const { saved } = view
    return saved && saved.latest === latest?.id ? this.#load(saved.id) : undefined
  }

  #put(put: Pick<PutCheckpoint, 'id' | 'parentId' | 'header' | 'changed' | 'byReference'>): Promise<void> {
    const { engine, partition, owner } = this.#desk
    const own = { namespace: SAVED, emptied: new Set<string>(), carries: () => false, needsParent: false }
    return engine.put(partition.id, { ...put, ...own, userId: undefined, metadata: undefined, fence: undefined, owner })
  }

  async #remove(goes: (saved: { id: string; header: unknown }) => boolean): Promise<number> {
    const { engine, partition } = this.#desk
    await this.#changes.begun()
    let newest: Candidate | undefined
    let count = 0
    const keep = (candidates: Candidate[]): Set<Candidate> => {
      const saved = candidates.filter(({ namespace }) => namespace === SAVED)
      const isGoing = ({ record }: Candidate): boolean =>
        isOver(headerIn(record), engine.now()) || goes({ id: record.id, ...headerIn(record) })
      const going = new Set(saved.filter(isGoing))
      count = [...going].filter(({ record }) => !isOver(headerIn(record), engine.now())).length
      // Others follow the newest one: it stays, without what was in it.
      const last = saved.toSorted((a, b) => (a.record.id < b.record.id ? -1 : 1)).at(-1)
      newest = last && going.has(last) && going.size < saved.length ? last : undefined
      if (newest) going.delete(newest)
      return new Set(candidates.filter((candidate) => !going.has(candidate)))
    }
    await engine.prune(partition.id, keep, 'of removed')
    if (newest) {
      const { id, parentId, header } = newest.record
      await this.#put({ id, parentId, header: deletedHeader(JSON.parse(header)), changed: new Map() })
    }
    return count
  }

  async #assertOwner(): Promise<void> {
    const { engine, partition, owner } = this.#desk
    if (owner) assertOwner(await engine.rows.get(partition.id), owner)
  }
}

const headerIn = ({ header }: { header: string }): { header: unknown } => ({ header: JSON.parse(header) as unknown })

/** A graph's values as far as the core can read them. */
function ofGraph({ id, parentId, channels }: LoadedCheckpoint): SavedCheckpoint {
  const data = Object.entries(channels).map(([channel, value]) => [
    channel.replace('\u0000', ''),
    value instanceof Foreign ? JSON.parse(value.text) : value,
  ])
  return { id, parentId, createdAt: timeOf(id) ?? 0, label: undefined, data: structuredClone(Object.fromEntries(data)) }
}

function checkSave(label: unknown, ttl: unknown): void {
  if (label !== undefined && (typeof label !== 'string' || label.length > LABEL_CHARS)) {
    throw new EverthreadError('CHECKPOINT_INVALID', `Give the label as a text of at most ${LABEL_CHARS} characters`)
  }
  if (ttl !== undefined && !(Number.isSafeInteger(ttl) && (ttl as number) > 0)) {
    throw new EverthreadError('CHECKPOINT_INVALID', 'Give ttl as a whole number of milliseconds above 0')
  }
}

function checkList({ limit, before, source }: { limit: number; before: string | undefined; source: string }): void {
  const wrong = (message: string): EverthreadError => new EverthreadError('LIST_INVALID', message)
  if (!Number.isSafeInteger(limit) || limit < 0) throw wrong('Give limit as a whole number')
  if (before !== undefined && !mayBeId(before)) throw wrong('Give before as the id of a checkpoint')
  if (source !== 'core' && source !== 'langgraph') throw wrong("Give source as 'core' or 'langgraph'")
}
