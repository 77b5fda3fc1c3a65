import { randomBytes } from 'node:crypto'

/** After how long without activity what happens to a session, ms. What is absent never does. */
export interface SessionExpiry {
  /** It counts as idle. */
  idleMs: number
  /** It expires. */
  expireMs?: number
  /** From its creation on, whatever the activity. */
  maxAgeMs?: number
  /** After it has expired it is deleted. */
  keepMs?: number
}

/** The session row, kept by the same commits as everything else of the session. */
export interface SessionRow {
  /** Changes when the session is made and whenever stored entries are removed: what a process knew before is then void. */
  generation: string
  /** Store time, ms since the epoch. */
  createdAt: number
  lastActiveAt: number
  /** Whether a session manager made it. Then runs of a framework change neither its owner nor its metadata. */
  managed?: true
  userId: string | undefined
  agentId?: string
  kind?: string
  channel?: string
  /** Whether a scope names it, see `scopeKey`. */
  scoped?: true
  deviceId?: string
  title?: string
  /** What its user says of it, or the configuration of a framework's runs; for lists and filters. */
  metadata: Record<string, unknown> | undefined
  /** Template, agent configuration and the like. */
  settings?: Record<string, unknown>
  /** Absent: it never expires by itself, as one that a framework made. */
  expiry?: SessionExpiry
  /** Store time of what was asked for, and stands until the session is restored. */
  archivedAt?: number
  endedAt?: number
  /** What has been announced of it since it was last active. */
  announced?: 'idle' | 'expired'
  /** The answers and approvals that it waits for, see `waiting.ts`. Only of one that may expire. */
  waiting?: readonly string[]
  /** The channel of its graph that holds the history, where it is not `messages`. */
  historyChannel?: string
  /** Where it was last seen from. */
  seen?: Record<string, unknown>
  /** Checkpoints that stand in the partition, and messages in the view of the newest one. */
  counts: { checkpoints: number; messages: number }
}

/** Under these names the fields stand in the row, which every commit writes: short, and absent ones are left out. */
const NAMES = {
  g: 'generation',
  c: 'createdAt',
  a: 'lastActiveAt',
  y: 'managed',
  u: 'userId',
  i: 'agentId',
  k: 'kind',
  h: 'channel',
  j: 'scoped',
  d: 'deviceId',
  t: 'title',
  m: 'metadata',
  s: 'settings',
  z: 'archivedAt',
  e: 'endedAt',
  o: 'announced',
  w: 'waiting',
  f: 'seen',
  l: 'historyChannel',
} as const satisfies Record<string, keyof SessionRow>
const FIELDS = Object.entries(NAMES)

export const newGeneration = (): string => randomBytes(6).toString('base64url')

export function sessionText(row: SessionRow): string {
  const short: Record<string, unknown> = {}
  for (const [name, field] of FIELDS) if (row[field] !== undefined) short[name] = row[field]
  if (row.expiry) short.x = expiryNumbers(row.expiry)
  short.n = [row.counts.checkpoints, row.counts.messages]
  return JSON.stringify(short)
}

export function parseSession(text: string): SessionRow {
  const short = JSON.parse(text) as Record<string, unknown> & { x?: number[]; n: [number, number] }
  const row: Record<string, unknown> = { userId: undefined, metadata: undefined }
  for (const [name, field] of FIELDS) if (short[name] !== undefined) row[field] = short[name]
  if (short.x) row.expiry = expiryOf(short.x)
  row.counts = { checkpoints: short.n[0], messages: short.n[1] }
  return row as unknown as SessionRow
}

/** The last of them first to be left out; 0 stands for absent ones before others. */
function expiryNumbers({ idleMs, expireMs = 0, keepMs = 0, maxAgeMs = 0 }: SessionExpiry): number[] {
  const numbers = [idleMs, expireMs, keepMs, maxAgeMs]
  while (numbers.at(-1) === 0) numbers.pop()
  return numbers
}

function expiryOf([idleMs = 0, expireMs = 0, keepMs = 0, maxAgeMs = 0]: number[]): SessionExpiry {
  return {
    idleMs,
    ...(expireMs > 0 ? { expireMs } : {}),
    ...(keepMs > 0 ? { keepMs } : {}),
    ...(maxAgeMs > 0 ? { maxAgeMs } : {}),
  }
}
