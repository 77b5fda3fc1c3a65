import { EverthreadError } from '../../errors.ts'

/** What came of a statement that failed. */
export interface Failure {
  error: EverthreadError
  /** Whether trying again can help. */
  passing: boolean
}

type Committed = 'no' | 'unknown'

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const states: [pattern: RegExp, code: string, passing: boolean, message: string][] = [
  [/^(40001|40P01|55P03)$/, 'STORE_BUSY', true, 'Postgres could not get the commits in order: try again.'],
  [
    /^(28|42501)/,
    'STORE_AUTH',
    false,
    'Postgres refused the user, the password or a permission: check the URL and the grants.',
  ],
  [/^3D000$/, 'STORE_CANNOT_OPEN', false, 'The Postgres database does not exist: create it or check the URL.'],
  [/^57014$/, 'STORE_TIMEOUT', true, 'Postgres cancelled a statement that took too long: check its load.'],
  [/^25006$/, 'STORE_READ_ONLY', false, 'This Postgres server takes no writes: give the URL of the primary.'],
  [/^53100$/, 'STORE_FULL', false, 'No space is left on the Postgres server: free some and try again.'],
  [
    /^(53300|57P0|08)/,
    'STORE_UNREACHABLE',
    true,
    'Postgres takes no connections now: check that it runs and its limits.',
  ],
  [/^XX00[12]$/, 'STORE_CORRUPT', false, 'The Postgres database is damaged: restore it from a backup.'],
  [
    /^(42883|42P01|3F000)$/,
    'STORE_NEWER_FORMAT',
    false,
    'The tables are not those of this Everthread: upgrade @everthread/core.',
  ],
]

/** States in which the server may have committed before it could say so. */
const LOST = /^(57P0|08)/

export function failureOf(cause: unknown, sent: boolean): Failure {
  if (EverthreadError.isInstance(cause)) return { error: cause, passing: cause.code === 'STORE_TIMEOUT' }
  const state = stateOf(cause)
  const committed: Committed = sent && (state === undefined || LOST.test(state)) ? 'unknown' : 'no'
  const known = state === undefined ? withoutState(cause) : states.find(([pattern]) => pattern.test(state))
  const [, code, passing, message] = known ?? [
    undefined,
    'STORE_FAILED',
    false,
    `Postgres refused a statement: ${cause instanceof Error ? cause.message : String(cause)}.`,
  ]
  return { error: new EverthreadError(code, message, { cause, committed }), passing }
}

export function stateOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return undefined
  return /^[0-9A-Z]{5}$/.test(cause.code) && 'severity' in cause ? cause.code : undefined
}

/** Anything that the server did not say itself is a matter of the connection, but for a password that is missing. */
function withoutState(cause: unknown): (typeof states)[number] {
  const isPassword = cause instanceof Error && /^SASL|password/i.test(cause.message)
  if (isPassword)
    return [/./, 'STORE_AUTH', false, 'Postgres wants a password: put it into the URL or the environment.']
  return [/./, 'STORE_UNREACHABLE', true, 'Postgres cannot be reached: check that it runs, the URL and the network.']
}
