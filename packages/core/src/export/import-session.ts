import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { BRANCHES_PREFIX, type BranchRow, parseBranch } from '../checkpoint/branch-row.ts'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { SAVED, SESSION_KEY, TAKEN_ALONG } from '../checkpoint/layout.ts'
import { newGeneration, type SessionRow } from '../checkpoint/session-row.ts'
import type { Stage } from '../checkpoint/stage.ts'
import { createSerialiser } from '../codec/serialise.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { SessionContent } from '../session/session-content.ts'
import { checkFacts } from './check-facts.ts'
import { type DocumentSource, readDocument } from './read-document.ts'
import { type DocumentRow, refuse } from './session-document.ts'

/** A session that has been read and checked, and stands where nobody looks. */
export interface ReadSession {
  id: string
  row: SessionRow
  /** Puts it in its place. */
  place(id: string, as: Partial<SessionRow>): Promise<void>
  discard(): Promise<void>
}

/** What was left of a cut-off import is forgotten after so long. */
const LEFT_MS = 3_600_000
const { parse } = createSerialiser()
const encoder = new TextEncoder()

/**
 * Reads an export into a place of its own, and loads all of it there as anybody would who reads the session: what
 * cannot be loaded, or is not what the document shows of it, is refused, and nothing is left of it.
 *
 * @throws `EXPORT_INVALID`
 */
export async function readSession(engine: CheckpointEngine, source: DocumentSource): Promise<ReadSession> {
  const aside = `import.${randomUUID()}`
  const discard = (): Promise<void> => engine.delete(aside)
  const stage = await engine.copies.stage(aside)
  try {
    const laid = await lay(engine, stage, source)
    const { id, row } = laid
    const expiry = { expiresInMs: LEFT_MS, removeInMs: LEFT_MS }
    await stage.finish({ row, index: [], expiry })
    await checkContent(engine, aside, laid)
    return { id, row, place: (to, as) => engine.copies.copy(aside, to, () => as), discard }
  } catch (error) {
    await discard()
    if (EverthreadError.isInstance(error) && error.code === 'KEY_INVALID') refuse('one of its rows has no key', error)
    throw error
  }
}

/** What was read of a document, beside the rows. */
interface Laid {
  id: string
  row: SessionRow
  messages: NeutralMessage[]
  branches: BranchRow[]
}

async function lay(engine: CheckpointEngine, stage: Stage, source: DocumentSource): Promise<Laid> {
  let session: unknown
  let last = ''
  const messages: NeutralMessage[] = []
  const branches: BranchRow[] = []
  for await (const item of readDocument(source)) {
    if ('everthread' in item) {
      if (session !== undefined) refuse('it begins twice')
      session = item.session
    } else if (session === undefined) refuse('it does not begin with its head')
    else if ('message' in item) messages.push(item.message)
    else {
      last = checkOrder(item.row, last)
      checkOwnRow(item.row)
      if (item.row[0].startsWith(BRANCHES_PREFIX)) branches.push(parseBranch(item.row[1]))
      await addRow(stage, item.row, engine.now())
    }
  }
  const { id, ...facts } = checkFacts(session)
  return { id, row: { ...facts, generation: newGeneration() }, messages, branches }
}

/** In the order of the store, each once. */
function checkOrder([key]: DocumentRow, last: string): string {
  if (Buffer.compare(Buffer.from(key), Buffer.from(last)) <= 0) refuse('its rows are not in their order')
  if (!TAKEN_ALONG.some((prefix) => key.startsWith(prefix)) || key === SESSION_KEY) {
    refuse(`a row "${key.slice(0, 40)}" is nothing that a session consists of`)
  }
  return key
}

/** Rows that no checkpoint refers to, and that loading the checkpoints would not try. */
function checkOwnRow([key, text]: DocumentRow): void {
  if (!/^[bdvx]/.test(key)) return
  try {
    const value: unknown = parse(text)
    if (key.startsWith('d/') || (typeof value === 'object' && value !== null && !Array.isArray(value))) return
  } catch (error) {
    refuse(`its row "${key.slice(0, 40)}" cannot be read`, error)
  }
  refuse(`its row "${key.slice(0, 40)}" is not what it can be`)
}

async function addRow(stage: Stage, [key, text, until]: DocumentRow, now: number): Promise<void> {
  if (until !== undefined && until <= now) return
  const value = encoder.encode(text)
  await stage.add(until === undefined ? { key, value } : { key, value, ttlMs: Math.ceil(until - now) })
}

/** Loads every checkpoint with its values and writes, and compares what is seen with what the document shows. */
async function checkContent(
  engine: CheckpointEngine,
  session: string,
  { row: { counts }, messages, branches }: Laid,
): Promise<void> {
  try {
    let checkpoints = 0
    for (const query of [{}, { namespace: SAVED }]) for await (const _ of engine.list(session, query)) checkpoints++
    if (checkpoints !== counts.checkpoints) refuse('it lacks some of its checkpoints')
    const content = new SessionContent(engine, session)
    for (const { head } of branches) if (head) await content.messagesAt(head)
    const view = await content.view()
    if (!isDeepStrictEqual(messages, view.messages)) refuse('its messages are not those of its rows')
    if (view.messages.length !== counts.messages) refuse('it has another number of messages than it says')
  } catch (error) {
    if (EverthreadError.isInstance(error) && /^(EXPORT_INVALID|STORE_)/.test(error.code)) throw error
    refuse('its rows do not make a session', error)
  }
}
