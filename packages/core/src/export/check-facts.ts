import { isPlainJson } from '../codec/serialise-plain.ts'
import { checkSessionId } from '../session/session-id.ts'
import { type DocumentFacts, refuse } from './session-document.ts'

type Check = (value: unknown) => boolean

const NAME_BYTES = 256
const TITLE_CHARS = 512
const JSON_CHARS = 64 * 1024

const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.isWellFormed() && Buffer.byteLength(value) <= most
const name = text(NAME_BYTES)
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const time: Check = (value) => typeof value === 'number' && value >= 0 && value < 1e15
const flag: Check = (value) => value === true
const json: Check = (value) => isRecord(value) && isPlainJson(value) && JSON.stringify(value).length <= JSON_CHARS
const numbers =
  (...names: string[]): Check =>
  (value) =>
    isRecord(value) && Object.entries(value).every(([key, one]) => names.includes(key) && count(one))

/** Every field that a session's row has: one that is missing here does not compile. */
const checks: { [F in keyof Required<DocumentFacts>]: Check } = {
  id: (value) => value === checkSessionId(value),
  createdAt: time,
  lastActiveAt: time,
  managed: flag,
  userId: name,
  agentId: name,
  kind: (value) => name(value) && value !== 'web',
  channel: name,
  scoped: flag,
  deviceId: name,
  title: (value) => typeof value === 'string' && value.isWellFormed() && value.length <= TITLE_CHARS,
  metadata: json,
  settings: json,
  expiry: numbers('idleMs', 'expireMs', 'maxAgeMs', 'keepMs'),
  archivedAt: time,
  endedAt: time,
  announced: (value) => value === 'idle' || value === 'expired',
  waiting: name,
  seen: json,
  historyChannel: name,
  counts: numbers('checkpoints', 'messages'),
}
const NEEDED = ['id', 'createdAt', 'lastActiveAt', 'counts'] as const

/**
 * What a document says of its session, as far as it can be true.
 *
 * @throws `EXPORT_INVALID`
 */
export function checkFacts(value: unknown): DocumentFacts {
  if (!isRecord(value)) return refuse('it does not say what session it is of')
  for (const field of NEEDED) if (value[field] === undefined) refuse(`it does not say the session's ${field}`)
  for (const [field, given] of Object.entries(value)) {
    if (!Object.hasOwn(checks, field)) refuse(`"${field.slice(0, 40)}" is nothing that a session has`)
    if (!passes(checks[field as keyof DocumentFacts], given)) refuse(`the session's ${field} is not what it can be`)
  }
  const { userId, metadata, counts } = value
  if (!isRecord(counts) || counts.checkpoints === undefined || counts.messages === undefined) {
    return refuse("it does not say the session's counts")
  }
  return { ...value, userId, metadata } as unknown as DocumentFacts
}

function passes(check: Check, value: unknown): boolean {
  try {
    return check(value)
  } catch {
    return false
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
