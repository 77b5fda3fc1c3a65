import { StringDecoder } from 'node:string_decoder'
import type { NeutralMessage } from '../message/message.ts'
import { DocumentDigest, type DocumentHead, type DocumentItem, type DocumentRow, refuse } from './session-document.ts'

/** A document, whole or in pieces, as text or as UTF-8. */
export type DocumentSource = string | Uint8Array | AsyncIterable<string | Uint8Array>

/**
 * The items of a JSON or JSONL document, as far as they are what they must be. The digest is compared at the end: until
 * then nothing that was read may count.
 *
 * @throws `EXPORT_INVALID`
 */
export async function* readDocument(source: DocumentSource): AsyncGenerator<DocumentItem> {
  const digest = new DocumentDigest()
  let said: unknown
  for await (const value of valuesOf(source)) {
    if (said !== undefined) refuse('something stands behind its digest')
    if (isRecord(value) && 'digest' in value) said = value.digest
    else {
      const item = checkItem(value)
      digest.add(item)
      yield item
    }
  }
  if (said === undefined) refuse('its end is missing')
  if (said !== digest.end()) refuse('its digest does not fit its content')
}

/** Line by line where the first line is a value of its own, else the values of the one object that it all is. */
async function* valuesOf(source: DocumentSource): AsyncGenerator<unknown> {
  let whole: string[] | undefined
  let first = true
  for await (const line of linesOf(source)) {
    const value = whole ? undefined : parse(line)
    if (first && (!isRecord(value) || 'rows' in value)) whole = []
    first = false
    if (whole) whole.push(line)
    else if (value !== undefined) yield value
    else refuse('one of its lines is no JSON')
  }
  if (whole) yield* itemsOf(parse(whole.join('\n')))
}

function* itemsOf(document: unknown): Generator<unknown> {
  if (!isRecord(document)) return refuse('it is no JSON')
  const { messages, rows, digest, ...head } = document
  if (!Array.isArray(messages) || !Array.isArray(rows)) return refuse('it has no messages, or no rows')
  yield head
  for (const message of messages) yield { message }
  for (const row of rows) yield { row }
  yield { digest }
}

async function* linesOf(source: DocumentSource): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let open: string[] = []
  for await (const piece of typeof source === 'string' || source instanceof Uint8Array ? [source] : piecesOf(source)) {
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) refuse('its pieces are neither text nor bytes')
    const lines = (typeof piece === 'string' ? piece : decoder.write(piece)).split('\n')
    open.push(lines[0] as string)
    for (const line of lines.slice(1)) {
      const done = open.join('')
      open = [line]
      if (done.trim() !== '') yield done
    }
  }
  const last = open.join('') + decoder.end()
  if (last.trim() !== '') yield last
}

function piecesOf(source: unknown): AsyncIterable<unknown> {
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) {
    return source as AsyncIterable<unknown>
  }
  return refuse('give a text, bytes, or pieces of them')
}

function checkItem(value: unknown): DocumentItem {
  if (!isRecord(value)) return refuse('something in it is no object')
  const { everthread, version, session, message, row, ...more } = value
  if (Object.keys(more).length > 0) return refuse(`"${Object.keys(more)[0]?.slice(0, 40)}" is no part of it`)
  if (everthread !== undefined) {
    if (everthread !== 'session' || version !== 1) refuse('it is of another kind, or of a later version')
    if (!isRecord(session)) refuse('it does not say what session it is of')
    return { everthread, version, session } as DocumentHead
  }
  if (row !== undefined) return { row: checkRow(row) }
  if (!isRecord(message)) return refuse('something in it is neither a message nor a row')
  return { message: message as unknown as NeutralMessage }
}

function checkRow(row: unknown): DocumentRow {
  if (!Array.isArray(row) || row.length < 2 || row.length > 3) return refuse('one of its rows is none')
  const [key, text, until] = row
  if (typeof key !== 'string' || typeof text !== 'string') refuse('one of its rows is none')
  if (until !== undefined && !Number.isFinite(until)) refuse('one of its rows ends at no time')
  return row as DocumentRow
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whether that is wrong shows only with what comes after it.
    return undefined
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
