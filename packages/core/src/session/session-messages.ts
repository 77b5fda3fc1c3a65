import { hash } from 'node:crypto'
import type { Head } from '../checkpoint/branch-row.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { NeutralMessage } from '../message/message.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { appendSibling } from './append-sibling.ts'
import { headOf } from './branch-changes.ts'
import { type OwnMessage, ownMessage } from './own-message.ts'
import { everHeld, streamMessages } from './read-history.ts'
import { commitKey, encodeText } from './rows.ts'
import { ParentPassed } from './session-content.ts'
import type { ViewChanges } from './view-changes.ts'
import { needBranch } from './view-state.ts'

export interface AppendMessagesOptions {
  /**
   * Names this call: another one with the same id changes nothing, for 7 days. Then messages without an id get the
   * same ones again.
   */
  commitId?: string
  /**
   * The id of the message that these follow; null: none. If it is no longer the last one, they stand on a branch of
   * their own beside it (`sibling-1`, ...), and what is seen stays as it is.
   */
  parent?: string | null
}

export interface ListMessages {
  /** Of the branch with this name. Default: the current one. */
  branch?: string
  /** Everything that ever was, on all branches: what was replaced, removed, reset or branched off, too. */
  removed?: boolean
  /** Only those before the message with this id. */
  before?: string
  /** Only those after it. */
  after?: string
  /** At most so many: the last ones, or with `after` the first. Default: all. */
  limit?: number
}

/** The session's history. */
export interface SessionMessages {
  /**
   * Adds messages outside a turn, all or none, in their order. It waits for no turn, and is seen by the one under way or
   * by the next; on a thread of a graph, by its next run. A message whose id the history has is left out when it is the
   * same, else it takes the place of the other.
   *
   * @returns the messages as they were stored, with their ids
   * @throws `MESSAGE_INVALID`, `MESSAGE_NOT_FOUND`, `APPEND_INVALID`, `COMMIT_ID_INVALID`, `PARENT_INVALID`, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  append(
    messages: NeutralMessage | readonly NeutralMessage[],
    options?: AppendMessagesOptions,
  ): Promise<NeutralMessage[]>
  /**
   * The history as it is seen, oldest first, as copies.
   *
   * @throws `LIST_INVALID`, `MESSAGE_NOT_FOUND`, `BRANCH_NOT_FOUND`, `SESSION_NOT_FOUND`
   */
  list(query?: ListMessages): Promise<NeutralMessage[]>
  get(id: string): Promise<NeutralMessage | undefined>
  count(): Promise<number>
  /**
   * The history as it is seen, message by message: in memory is only a page of it.
   *
   * @throws `LIST_INVALID`, `BRANCH_NOT_FOUND`, `SESSION_NOT_FOUND`
   */
  stream(query?: { branch?: string }): AsyncGenerator<NeutralMessage>
}

/** How long a commit id is remembered: 7 days. */
const KEPT_MS = 7 * 24 * 3_600_000

export class MessageLog implements SessionMessages {
  readonly #desk: TurnDesk
  readonly #changes: ViewChanges
  readonly #before: () => Promise<void>

  /** `before` is what a message that comes brings about before it counts. */
  constructor(desk: TurnDesk, changes: ViewChanges, before: () => Promise<void>) {
    this.#desk = desk
    this.#changes = changes
    this.#before = before
  }

  async append(
    messages: NeutralMessage | readonly NeutralMessage[],
    options: AppendMessagesOptions = {},
  ): Promise<NeutralMessage[]> {
    const { commitId, parent } = knownOptions(options, ['commitId', 'parent'], 'APPEND_INVALID')
    const once = commitId === undefined ? {} : { once: rowOf(commitId) }
    checkParent(parent)
    const own = this.#own(Array.isArray(messages) ? messages : [messages as NeutralMessage], commitId)
    if (own.length > 0) await this.#before()
    try {
      if (own.length > 0 || commitId !== undefined) await this.#desk.content.append(own, { ...once, parent })
    } catch (error) {
      if (!(error instanceof ParentPassed) || parent === undefined) throw error
      await appendSibling(this.#desk, this.#changes, own, { parent, ...once })
    }
    return own.map(({ message }) => structuredClone(message))
  }

  async list(query: ListMessages = {}): Promise<NeutralMessage[]> {
    checkQuery(query)
    return structuredClone(windowOf(await this.#listed(query), query)) as NeutralMessage[]
  }

  async get(id: string): Promise<NeutralMessage | undefined> {
    const { messages } = await this.#desk.content.view()
    return structuredClone(messages.find((message) => message.id === id))
  }

  async count(): Promise<number> {
    return (await this.#desk.content.view()).messages.length
  }

  async *stream(query: { branch?: string } = {}): AsyncGenerator<NeutralMessage> {
    const { branch } = knownOptions(query, ['branch'], 'LIST_INVALID')
    yield* streamMessages(this.#desk, branch === undefined ? undefined : await this.#headOf(branch))
  }

  async #listed({ branch, removed = false }: ListMessages): Promise<readonly NeutralMessage[]> {
    const { content } = this.#desk
    if (removed) return everHeld(this.#desk)
    const head = branch === undefined ? undefined : await this.#headOf(branch)
    return head ? content.messagesAt(head) : (await content.view()).messages
  }

  /** Undefined: the tip. */
  async #headOf(name: string): Promise<Head | undefined> {
    const state = await this.#changes.read()
    const branch = needBranch(state, name)
    return state && headOf(state, branch)
  }

  #own(messages: readonly NeutralMessage[], commitId: string | undefined): OwnMessage[] {
    const { engine, partition } = this.#desk
    const now = engine.now()
    return messages.map((message, i) =>
      commitId === undefined
        ? ownMessage(message, now)
        : ownMessage(message, now, () => nameOf(partition.id, commitId, i)),
    )
  }
}

function checkParent(parent: unknown): void {
  if (parent === undefined || parent === null || (typeof parent === 'string' && parent !== '')) return
  throw new EverthreadError('PARENT_INVALID', 'Give parent as the id of a message, or null for the beginning')
}

function rowOf(commitId: unknown): { key: string; value: Uint8Array; ttlMs: number } {
  if (typeof commitId !== 'string' || commitId === '' || commitId.length > 200) {
    throw new EverthreadError('COMMIT_ID_INVALID', 'Give commitId as a text of 1 to 200 characters')
  }
  return { key: commitKey(commitId), value: encodeText('1'), ttlMs: KEPT_MS }
}

/** The id of a message that a call with a commit id has brought without one. */
const nameOf = (session: string, commitId: string, at: number): string =>
  hash('sha256', JSON.stringify([session, commitId, at]), 'base64url').slice(0, 22)

/** @throws `LIST_INVALID` */
function checkQuery(query: ListMessages): void {
  const known = ['before', 'after', 'limit', 'branch', 'removed'] as const
  const { before, after, limit, branch, removed } = knownOptions(query, known, 'LIST_INVALID')
  const wrong = (message: string): EverthreadError => new EverthreadError('LIST_INVALID', message)
  for (const id of [before, after]) {
    if (id !== undefined && (typeof id !== 'string' || id === ''))
      throw wrong('Give before and after as ids of messages')
  }
  if (branch !== undefined && removed) throw wrong('Ask for a branch, or for what was removed on all of them')
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 0)) throw wrong('Give limit as a whole number')
}

/** @throws `MESSAGE_NOT_FOUND` */
function windowOf(messages: readonly NeutralMessage[], { before, after, limit }: ListMessages): NeutralMessage[] {
  const placeOf = (id: string): number => {
    const at = messages.findIndex((message) => message.id === id)
    if (at < 0) throw new EverthreadError('MESSAGE_NOT_FOUND', `The history has no message "${id}": list it again`)
    return at
  }
  const found = messages.slice(
    after === undefined ? 0 : placeOf(after) + 1,
    before === undefined ? undefined : placeOf(before),
  )
  if (limit === undefined || limit >= found.length) return found
  return after === undefined ? found.slice(found.length - limit) : found.slice(0, limit)
}
