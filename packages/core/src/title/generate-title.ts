import type { Owner } from '../checkpoint/session-change.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import type { Principal, SessionService } from '../session/session-service.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { asTitle, MAX_TITLE, titleFrom } from './title-from.ts'

/** Makes a title of a conversation. What it gives is brought to one line that is not too long. */
export type TitleModel = (messages: NeutralMessage[], options: { signal: AbortSignal }) => string | Promise<string>

export interface TitleOptions {
  /** Default: the first thing that the user said, cut at a word. */
  model?: TitleModel
  /** In characters, 1 to 512. Default 512. */
  maxLength?: number
  /** How long the model may take, ms. Default 30,000. */
  timeoutMs?: number
}

/** The session that is to have a title. */
export interface Untitled {
  service: SessionService
  desk: TurnDesk
  by: Principal
  owner: Owner | undefined
}

const MODEL_MS = 30_000

/** @throws `TITLES_INVALID` */
export function checkTitles(titles: TitleOptions | TitleModel): TitleOptions {
  const wrong = (problem: string): never => {
    throw new EverthreadError('TITLES_INVALID', `Correct the titles of the manager: ${problem}`)
  }
  if (typeof titles === 'function') return { model: titles }
  if (typeof titles !== 'object' || titles === null || Array.isArray(titles))
    return wrong('give a model, or options with one')
  const { model, maxLength, timeoutMs, ...more } = titles
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) wrong(`"${unknown.slice(0, 40)}" is none of the options`)
  if (model !== undefined && typeof model !== 'function') wrong('model must be a function')
  for (const [name, value, most] of [
    ['maxLength', maxLength, MAX_TITLE],
    ['timeoutMs', timeoutMs, 2 ** 31 - 1],
  ] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1 && value <= most)) {
      wrong(`${name} must be a whole number from 1 to ${most}`)
    }
  }
  return titles
}

const underWay = new WeakMap<TurnDesk, Promise<string | undefined>>()

/**
 * The session's title; it is made when there is none, once, whoever asks. Undefined while the user has said nothing.
 *
 * @throws `SESSION_NOT_FOUND`
 */
export function generateTitle(place: Untitled, options: TitleOptions): Promise<string | undefined> {
  const { desk } = place
  const running = underWay.get(desk)
  if (running) return running
  const made = makeTitle(place, options).finally(() => underWay.delete(desk))
  underWay.set(desk, made)
  return made
}

async function makeTitle(place: Untitled, options: TitleOptions): Promise<string | undefined> {
  const { service, desk, owner } = place
  const { rows } = service.engine
  const { id } = desk.partition
  // Also tells whether the session is still the one that is meant.
  const before = await rows.update(id, () => undefined, { owner, active: false })
  if (before.title !== undefined) return before.title
  const { messages } = await desk.content.view()
  const said = titleFrom(messages, options.maxLength)
  if (said === undefined) return undefined
  const title = (options.model && (await ask(options.model, messages, place, options))) ?? said
  const after = await rows.update(id, (row) => (row.title === undefined ? { ...row, title } : undefined), {
    owner,
    active: false,
  })
  return after.title
}

/** What the model gives; undefined when it fails, which an event tells. */
async function ask(
  model: TitleModel,
  messages: readonly NeutralMessage[],
  { service, desk, by }: Untitled,
  { maxLength, timeoutMs = MODEL_MS }: TitleOptions,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(timeoutMs)
  const late = Promise.withResolvers<never>()
  const onAbort = (): void => late.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    const copies = structuredClone(messages) as NeutralMessage[]
    const given = await Promise.race([Promise.resolve(model(copies, { signal })), late.promise])
    const title = typeof given === 'string' ? asTitle(given, maxLength) : ''
    if (title !== '') return title
    throw new EverthreadError('TITLE_MODEL_FAILED', 'The model gave no text: let it give the title alone')
  } catch (cause) {
    const about = { sessionId: desk.partition.id, code: 'TITLE_MODEL_FAILED', cause }
    await service.hub.emit({ type: 'error', by: by.who, ...about })
    return undefined
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
