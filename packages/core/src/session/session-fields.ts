import type { SessionExpiry, SessionRow } from '../checkpoint/session-row.ts'
import { isPlainJson } from '../codec/serialise-plain.ts'
import { EverthreadError } from '../errors.ts'
import { configOf, type Templates } from '../template/template.ts'
import { type ExpiryOptions, resolveExpiry } from './session-expiry.ts'

/** What a session is made of. All of it is optional. */
export interface CreateSession {
  /** Default: a new one of 144 random bits. */
  id?: string
  /** Whose it is. A user's handle fills in its own, and takes no other. */
  userId?: string
  agentId?: string
  /** Yours to choose, for lists and policies: `chat`, `task`. Not `web`. */
  kind?: string
  /** Where it is held: `slack`, `web`. */
  channel?: string
  deviceId?: string
  title?: string
  /** Plain JSON of at most 64 KB. */
  metadata?: Record<string, unknown>
  /** Of the manager's templates: its configuration of the agent becomes the session's, under `settings`. */
  template?: string
  /** Plain JSON of at most 64 KB: agent configuration and the like; over what the template says. */
  settings?: Record<string, unknown>
  /** Over the manager's. `false`: never by itself. */
  expiry?: ExpiryOptions | number | false
  /** Expires after so long without activity, ms: short for `expiry`. */
  ttl?: number
}

/** Fields of the session row, checked. */
export type Fields = Pick<
  SessionRow,
  'userId' | 'agentId' | 'kind' | 'channel' | 'scoped' | 'deviceId' | 'title' | 'metadata' | 'settings' | 'expiry'
>

const NAME_BYTES = 256
/** Titles are at most so many characters. */
const TITLE_CHARS = 512
const JSON_CHARS = 64 * 1024
const control = /[\u0000-\u001f\u007f]/

const wrong = (message: string): EverthreadError => new EverthreadError('SESSION_INVALID', message)

/**
 * @throws `SESSION_INVALID`, `METADATA_INVALID`, `EXPIRY_INVALID`, `TEMPLATE_UNKNOWN`
 */
export function checkFields(
  init: unknown,
  { expiry: defaults, templates }: { expiry: SessionExpiry | undefined; templates: Templates | undefined },
): Fields {
  const given = checkRecord(init, 'the session to make')
  const unknown = Object.keys(given).find((name) => !KNOWN.has(name))
  if (unknown !== undefined) throw wrong(`Leave out "${unknown.slice(0, 40)}": it is nothing a session is made of`)
  const { metadata, settings, template, expiry, ttl } = given
  if (ttl !== undefined && expiry !== undefined) throw wrong('Give either ttl or expiry, not both')
  const resolved = resolveExpiry(ttl ?? expiry, defaults)
  const own = settings === undefined ? undefined : checkJson(settings, 'settings')
  const set = template === undefined ? own : { ...configOf(templates, template as string), ...own, template }
  return {
    userId: optionalName(given.userId, 'userId'),
    ...nameField('agentId', given.agentId),
    ...kindField(given.kind),
    ...nameField('channel', given.channel),
    ...nameField('deviceId', given.deviceId),
    ...(given.title === undefined ? {} : { title: checkTitle(given.title) }),
    metadata: metadata === undefined ? undefined : checkJson(metadata, 'metadata'),
    ...(set === undefined ? {} : { settings: checkJson(set, 'settings') }),
    ...(resolved === undefined ? {} : { expiry: resolved }),
  }
}

const KNOWN = new Set([
  'id',
  'userId',
  'agentId',
  'kind',
  'channel',
  'deviceId',
  'title',
  'metadata',
  'template',
  'settings',
  'expiry',
  'ttl',
])

/** @throws `SESSION_INVALID` */
export function checkTitle(title: unknown): string {
  if (typeof title !== 'string' || !title.isWellFormed() || title.includes('\0'))
    throw wrong('Give the title as a text')
  if (title.length > TITLE_CHARS) throw wrong(`Give a title of at most ${TITLE_CHARS} characters`)
  return title
}

/**
 * A copy that is our own.
 *
 * @throws `METADATA_INVALID`
 */
export function checkJson(value: unknown, name: string): Record<string, unknown> {
  if (!isPlainJson(checkJsonObject(value, name))) throw noJson(name, PLAIN)
  const text = JSON.stringify(value)
  if (text.length > JSON_CHARS) throw noJson(name, `JSON of at most ${JSON_CHARS / 1024} KB`)
  return JSON.parse(text) as Record<string, unknown>
}

/** @throws `METADATA_INVALID` */
export function checkJsonObject(value: unknown, name: string): Record<string, unknown> {
  if (isRecord(value)) return value
  throw noJson(name, PLAIN)
}

const PLAIN = 'an object of plain JSON: dates and the like as strings'

const noJson = (name: string, what: string): EverthreadError =>
  new EverthreadError('METADATA_INVALID', `Give ${name} as ${what}`)

/** @throws `SESSION_INVALID` */
export function checkName(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > NAME_BYTES || Buffer.byteLength(value) > NAME_BYTES) {
    throw wrong(`Give ${name} as a text of 1 to ${NAME_BYTES} bytes`)
  }
  if (!value.isWellFormed() || control.test(value)) {
    throw wrong(`Give ${name} as well-formed text without control characters`)
  }
  return value
}

const optionalName = (value: unknown, name: string): string | undefined =>
  value === undefined ? undefined : checkName(value, name)

function nameField<T extends string>(name: T, value: unknown): { [K in T]?: string } {
  return value === undefined ? {} : ({ [name]: checkName(value, name) } as { [K in T]: string })
}

function kindField(value: unknown): { kind?: string } {
  if (value === 'web') throw wrong('Choose another kind than "web": that is what sessions behind req.session are')
  return nameField('kind', value)
}

/** @throws `SESSION_INVALID` */
export function checkRecord(value: unknown, what: string): Record<string, unknown> {
  if (!isRecord(value)) throw wrong(`Give ${what} as an object`)
  return value
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
