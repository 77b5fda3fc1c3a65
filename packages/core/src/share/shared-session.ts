import { EverthreadError } from '../errors.ts'
import { headOf } from '../export/export-session.ts'
import { htmlPage } from '../export/html.ts'
import { markdownPage } from '../export/markdown.ts'
import { knownOptions } from '../known-options.ts'
import type { NeutralMessage } from '../message/message.ts'
import { Redactor } from './redact.ts'
import type { SharedPlace } from './session-shares.ts'
import { decodeShare, type ShareRow, shareKey } from './share-row.ts'

/** A session as a link shows it: to be read, and nothing else. It ends with the link, also for who has opened it. */
export class SharedSession {
  readonly title: string
  /** When the session was made; store time, ms since the epoch. */
  readonly createdAt: number
  /** When the link ends; store time, ms since the epoch. */
  readonly expiresAt: number | undefined
  readonly #place: SharedPlace
  readonly #hash: string

  private constructor(place: SharedPlace, hash: string, row: ShareRow, head: { title: string; createdAt: number }) {
    this.#place = place
    this.#hash = hash
    this.title = head.title
    this.createdAt = head.createdAt
    this.expiresAt = row.expiresAt
  }

  static async open(place: SharedPlace, hash: string, row: ShareRow): Promise<SharedSession> {
    const messages = await shownBy(place, row)
    const { title, createdAt } = headOf(place.head(), messages)
    return new SharedSession(place, hash, row, {
      title: new Redactor(row.redact).text(title),
      createdAt: createdAt ?? 0,
    })
  }

  /**
   * What the link shows, oldest first, without what is redacted.
   *
   * @throws `SHARE_ENDED`
   */
  async messages(): Promise<NeutralMessage[]> {
    const { store, partition } = this.#place
    const { rows } = await store.read(partition, [{ get: [shareKey(this.#hash)] }])
    const row = rows[0]?.[0]
    if (!row) throw new EverthreadError('SHARE_ENDED', 'The link has ended: ask for another one')
    return shownBy(this.#place, decodeShare(row))
  }

  /**
   * The same as a page.
   *
   * @throws `SHARE_ENDED`, `EXPORT_FORMAT_UNKNOWN`
   */
  async export(options: { format?: 'html' | 'markdown' } = {}): Promise<string> {
    const { format = 'html' } = knownOptions(options, ['format'], 'EXPORT_FORMAT_UNKNOWN')
    if (format !== 'html' && format !== 'markdown') {
      throw new EverthreadError('EXPORT_FORMAT_UNKNOWN', 'Give format as html or markdown: a link shows no more')
    }
    const pieces: string[] = []
    const { title, createdAt } = this
    const page = format === 'html' ? htmlPage : markdownPage
    for await (const piece of page({ title, createdAt }, await this.messages())) pieces.push(piece)
    return pieces.join('')
  }
}

async function shownBy(place: SharedPlace, { branch, upTo, redact }: ShareRow): Promise<NeutralMessage[]> {
  const messages = upTo === null ? [] : await place.messages(branch)
  const redactor = new Redactor(redact)
  return upToMessage(messages, upTo).map((message) => redactor.message(structuredClone(message)))
}

function upToMessage(messages: readonly NeutralMessage[], upTo: ShareRow['upTo']): readonly NeutralMessage[] {
  if (!upTo) return messages
  const last = messages.findIndex(({ id }) => id === upTo.id)
  if (last >= 0) return messages.slice(0, last + 1)
  return messages.filter(({ createdAt }) => createdAt !== undefined && createdAt <= upTo.at)
}
