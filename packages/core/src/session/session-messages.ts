import { hash } from 'node:crypto'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { Partition } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { type OwnMessage, ownMessage } from './own-message.ts'
import { commitKey, encodeText } from './rows.ts'
import type { SessionContent } from './session-content.ts'

export interface AppendMessagesOptions {
  /**
   * Names this call: another one with the same id changes nothing, for 7 days. Then messages without an id get the
   * same ones again.
   */
  commitId?: string
}

export interface ListMessages {
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
   * @throws `MESSAGE_INVALID`, `COMMIT_ID_INVALID`, `SESSION_NOT_FOUND`, `SESSION_ARCHIVED`, `SESSION_EXPIRED`
   */
  append(
    messages: NeutralMessage | readonly NeutralMessage[],
    options?: AppendMessagesOptions,
  ): Promise<NeutralMessage[]>
  /**
   * The history as it is seen, oldest first, as copies.
   *
   * @throws `LIST_INVALID`, `MESSAGE_NOT_FOUND`
   */
  list(query?: ListMessages): Promise<NeutralMessage[]>
  get(id: string): Promise<NeutralMessage | undefined>
  count(): Promise<number>
}

/** How long a commit id is remembered: 7 days. */
const KEPT_MS = 7 * 24 * 3_600_000

export class MessageLog implements SessionMessages {
  readonly #content: SessionContent
  readonly #engine: CheckpointEngine
  readonly #session: string

  constructor({
    content,
    engine,
    partition,
  }: { content: SessionContent; engine: CheckpointEngine; partition: Partition }) {
    this.#content = content
    this.#engine = engine
    this.#session = partition.id
  }

  async append(
    messages: NeutralMessage | readonly NeutralMessage[],
    { commitId }: AppendMessagesOptions = {},
  ): Promise<NeutralMessage[]> {
    const once = commitId === undefined ? undefined : rowOf(commitId)
    const own = this.#own(Array.isArray(messages) ? messages : [messages as NeutralMessage], commitId)
    if (own.length > 0 || once) {
      await this.#content.append(own, once ? { once } : {})
    }
    return own.map(({ message }) => structuredClone(message))
  }

  async list(query: ListMessages = {}): Promise<NeutralMessage[]> {
    checkQuery(query)
    const { messages } = await this.#content.view()
    return structuredClone(windowOf(messages, query)) as NeutralMessage[]
  }

  async get(id: string): Promise<NeutralMessage | undefined> {
    const { messages } = await this.#content.view()
    return structuredClone(messages.find((message) => message.id === id))
  }

  async count(): Promise<number> {
    return (await this.#content.view()).messages.length
  }

  #own(messages: readonly NeutralMessage[], commitId: string | undefined): OwnMessage[] {
    const now = this.#engine.now()
    return messages.map((message, i) =>
      commitId === undefined
        ? ownMessage(message, now)
        : ownMessage(message, now, () => nameOf(this.#session, commitId, i)),
    )
  }
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
function checkQuery({ before, after, limit }: ListMessages): void {
  const wrong = (message: string): EverthreadError => new EverthreadError('LIST_INVALID', message)
  for (const id of [before, after]) {
    if (id !== undefined && (typeof id !== 'string' || id === ''))
      throw wrong('Give before and after as ids of messages')
  }
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
