import { createHash, type Hash } from 'node:crypto'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'

/** What a document says of its session: its row, less what only means something where it stands. */
export type DocumentFacts = Omit<SessionRow, 'generation'> & { id: string }

export interface DocumentHead {
  everthread: 'session'
  version: 1
  session: DocumentFacts
}

/** A row of the store: its key, its text, and when it ends, ms since the epoch. */
export type DocumentRow = [key: string, text: string, until?: number]

/**
 * What a document holds, in its order: the head, the messages as they are seen, to be read, and the rows that the
 * session consists of, to be restored.
 */
export type DocumentItem = DocumentHead | { message: NeutralMessage } | { row: DocumentRow }

/**
 * Tells damage, and changes by whoever does not know how it is made. It is no signature: who does know can make another
 * document with a digest that fits. So what is imported is checked for itself as well.
 */
export class DocumentDigest {
  readonly #hash: Hash = createHash('sha256')

  /** Takes in an item, and gives its line. */
  add(item: DocumentItem): string {
    const line = JSON.stringify(item)
    this.#hash.update(line).update('\n')
    return line
  }

  end(): string {
    return `sha256:${this.#hash.digest('hex')}`
  }
}

export function refuse(problem: string, cause?: unknown): never {
  throw new EverthreadError('EXPORT_INVALID', `Give the export as it was made, whole: ${problem}`, { cause })
}
