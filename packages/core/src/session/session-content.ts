import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Fence } from '../checkpoint/fence.ts'
import { assertOwner, type Owner } from '../checkpoint/session-change.ts'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { nextCheckpointId } from './checkpoint-id.ts'

/** The channels of the root namespace that the core reads and writes; a graph's history is the same one. */
export const MESSAGES = 'messages'
const DATA = 'data'

/** What a step adds. */
export interface Change {
  messages: readonly NeutralMessage[]
  data: ReadonlyMap<string, unknown>
}

/** The session as of its tip. */
export interface Content {
  /** The tip; undefined when there is none. */
  id: string | undefined
  messages: readonly NeutralMessage[]
  data: Readonly<Record<string, unknown>>
  header: unknown
}

const EMPTY: Content = { id: undefined, messages: [], data: {}, header: undefined }
const TRIES = 100

/** Reads and extends what stands at the tip of a session. One for those who share what is known of it. */
export class SessionContent {
  readonly #engine: CheckpointEngine
  readonly #session: string
  readonly #owner: Owner | undefined
  #known: Content | undefined

  /** `owner` when this is about a session that was looked at: another one in its place is neither read nor written. */
  constructor(engine: CheckpointEngine, session: string, owner?: Owner) {
    this.#engine = engine
    this.#session = session
    this.#owner = owner
  }

  async load(): Promise<Content> {
    const loaded = await this.#engine.load(this.#session, '')
    if (this.#owner) assertOwner(this.#engine.rows.known(this.#session)?.row, this.#owner)
    if (!loaded) return EMPTY
    const { [MESSAGES]: messages, [DATA]: data } = loaded.channels
    return {
      id: loaded.id,
      messages: Array.isArray(messages) ? (messages as NeutralMessage[]) : [],
      data: isRecord(data) ? data : {},
      header: loaded.header,
    }
  }

  /** Forgets what was last seen, unless this is still the tip. */
  tipIs(id: string | null): void {
    if ((this.#known?.id ?? null) !== id) this.#known = undefined
  }

  /** As it was last seen. */
  async known(): Promise<Content> {
    this.#known ??= await this.load()
    return this.#known
  }

  /** A checkpoint after the tip, which may have moved meanwhile. Rows of others go into the same commit. */
  async extend(change: Change, options: { fence?: Fence; ops?: readonly Op[] } = {}): Promise<void> {
    for (let tries = 1; ; tries++) {
      const before = await this.known()
      try {
        this.#known = await this.#put(before, change, options)
        return
      } catch (error) {
        this.#known = undefined
        if (!isConflict(error) || tries >= TRIES) throw error
      }
    }
  }

  /** A tip without anything: what was before stays, and is not seen. */
  async clear(fence: Fence): Promise<void> {
    await this.#put(EMPTY, { messages: [], data: new Map() }, { fence, afresh: true })
    this.#known = undefined
  }

  async #put(
    before: Content,
    { messages, data }: Change,
    { fence, ops = [], afresh = false }: { fence?: Fence; ops?: readonly Op[]; afresh?: boolean },
  ): Promise<Content> {
    const changed = new Map<string, unknown>()
    const after: Content = {
      id: nextCheckpointId(before.id, this.#engine.now()),
      messages: messages.length > 0 ? [...before.messages, ...messages] : before.messages,
      data: data.size > 0 ? { ...before.data, ...Object.fromEntries(data) } : before.data,
      header: before.header ?? { source: 'core' },
    }
    if (messages.length > 0) changed.set(MESSAGES, after.messages)
    if (data.size > 0) changed.set(DATA, after.data)
    await this.#engine.put(this.#session, {
      namespace: '',
      id: after.id as string,
      parentId: before.id,
      header: after.header,
      changed,
      emptied: new Set(),
      carries: () => true,
      needsParent: before.id !== undefined,
      userId: undefined,
      metadata: undefined,
      owner: this.#owner,
      fence,
      ops,
      onTip: !afresh,
    })
    return after
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isConflict = (error: unknown): boolean =>
  EverthreadError.isInstance(error) && (error.code === 'CONFLICT' || error.code === 'CHECKPOINT_GONE')
