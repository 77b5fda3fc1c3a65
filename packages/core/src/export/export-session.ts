import { SessionChanged } from '../checkpoint/dump.ts'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { SessionRow } from '../checkpoint/session-row.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { NeutralMessage } from '../message/message.ts'
import { titleFrom } from '../title/title-from.ts'
import { htmlPage } from './html.ts'
import { markdownPage } from './markdown.ts'
import type { DocumentFacts, DocumentItem } from './session-document.ts'
import type { PageHead } from './shown.ts'
import { writeJson, writeJsonLines } from './write-document.ts'

/** `json` and `jsonl` hold all of a session, for `import`; `markdown` and `html` show what is seen of it. */
export type ExportFormat = 'json' | 'jsonl' | 'markdown' | 'html'

export interface ExportOptions {
  /** Default `json`. */
  format?: ExportFormat
}

/** What an export is made of. */
export interface Exported {
  engine: CheckpointEngine
  id: string
  messages(): Promise<readonly NeutralMessage[]>
}

const FORMATS: readonly unknown[] = ['json', 'jsonl', 'markdown', 'html'] satisfies ExportFormat[]
const TRIES = 20

/**
 * The export as one text. It is tried again when the session was written to meanwhile.
 *
 * @throws `EXPORT_FORMAT_UNKNOWN`, `EXPORT_TOO_LARGE`, `CONFLICT`, `SESSION_NOT_FOUND`
 */
export async function exportText(from: Exported, options: ExportOptions): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const pieces: string[] = []
      for await (const piece of exportPieces(from, options)) pieces.push(piece)
      return joined(pieces)
    } catch (error) {
      if (!(error instanceof SessionChanged) || tries >= TRIES) throw error
    }
  }
}

/**
 * The export piece by piece. `CONFLICT` at its end says that the session was written to meanwhile, and the pieces do
 * not belong together.
 *
 * @throws `EXPORT_FORMAT_UNKNOWN`, `CONFLICT`, `SESSION_NOT_FOUND`
 */
export async function* exportPieces(from: Exported, options: ExportOptions): AsyncGenerator<string> {
  const { format = 'json' } = knownOptions(options, ['format'], 'EXPORT_FORMAT_UNKNOWN')
  if (!FORMATS.includes(format)) {
    throw new EverthreadError('EXPORT_FORMAT_UNKNOWN', `Give format as one of ${FORMATS.join(', ')}`)
  }
  if (format === 'json') return yield* writeJson(itemsOf(from))
  if (format === 'jsonl') return yield* writeJsonLines(itemsOf(from))
  const row = await from.engine.session(from.id)
  if (!row) throw new EverthreadError('SESSION_NOT_FOUND', 'There is no such session to export')
  const messages = await from.messages()
  yield* (format === 'html' ? htmlPage : markdownPage)(headOf(row, messages), messages)
}

export const headOf = (
  row: Pick<SessionRow, 'title' | 'createdAt'> | { title: string | undefined; createdAt: number },
  messages: readonly NeutralMessage[],
): PageHead => ({
  title: row.title ?? titleFrom(messages, 80) ?? 'Conversation',
  createdAt: row.createdAt,
})

async function* itemsOf({ engine, id, messages }: Exported): AsyncGenerator<DocumentItem> {
  const dumped = await engine.copies.dump(id)
  yield { everthread: 'session', version: 1, session: factsOf(id, dumped.row) }
  for (const message of await messages()) yield { message }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const { key, value, ttlMs } of dumped.rows) {
    const text = decoder.decode(value)
    yield { row: ttlMs === undefined ? [key, text] : [key, text, dumped.now + ttlMs] }
  }
}

/** In the order of their names, so that the same session gives the same text. */
function factsOf(id: string, { generation: _, ...row }: SessionRow): DocumentFacts {
  const facts: DocumentFacts = { id, ...row }
  return Object.fromEntries(Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1))) as unknown as DocumentFacts
}

function joined(pieces: readonly string[]): string {
  try {
    return pieces.join('')
  } catch (cause) {
    const message = 'The export is longer than a text can be: use exportStream, and write its pieces'
    throw new EverthreadError('EXPORT_TOO_LARGE', message, { cause })
  }
}
