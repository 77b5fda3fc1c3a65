import { EverthreadError } from '../../errors.ts'

/** What an error of the client means: which code, what to do, and whether another try may help. */
export interface Failure {
  code: string
  message: string
  /** Another try may help. */
  passing: boolean
  /** The server is known to have done nothing. */
  refused: boolean
}

const REPLIES: [RegExp, Failure][] = [
  reply(
    /\b(WRONGPASS|NOAUTH)\b|invalid password/,
    'STORE_AUTH',
    'Redis refused the login: check the user and password.',
  ),
  reply(
    /\bNOPERM\b|executing the script can't/,
    'STORE_NO_PERMISSION',
    'The Redis user lacks a permission: allow it the keys of the prefix and EVAL, EVALSHA, GET, GETRANGE, SET, ZADD, ' +
      'ZREM, ZRANGEBYLEX, ZREVRANGEBYLEX, ZREMRANGEBYLEX, TYPE, EXISTS, RENAME, PEXPIRE, PEXPIREAT, PERSIST, TIME and PUBLISH.',
  ),
  reply(/\bOOM\b/, 'STORE_FULL', 'Redis has reached maxmemory: raise it, or delete sessions.'),
  reply(/\bMISCONF\b/, 'STORE_FULL', 'Redis cannot write to its disk and refuses commits: free the disk.'),
  reply(/\bWRONGTYPE\b/, 'STORE_WRONG_TYPE', 'A key of the store holds something else: use another prefix.'),
  reply(/\bEVERTHREADFORMAT\b/, 'FORMAT_NEWER', 'A newer version wrote this partition: update @everthread/core.'),
  reply(/\b(CROSSSLOT|MOVED|ASK)\b/, 'STORE_CLUSTER', 'Redis runs as a cluster: pass a Cluster client or { nodes }.'),
  reply(/\bREADONLY\b/, 'STORE_READ_ONLY', 'Redis is a read-only replica: connect to the master.', true),
  reply(
    /\b(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|NOREPLICAS)\b|non local key/,
    'STORE_UNREACHABLE',
    'Redis takes no commands now: wait until it is up, or check its replicas.',
    true,
  ),
  reply(/unknown command/i, 'STORE_NO_PERMISSION', 'Redis does not know EVALSHA or EVAL: enable scripts.'),
]

const LOST: Failure = {
  code: 'STORE_UNREACHABLE',
  message: 'Redis cannot be reached: check the address and that the server runs.',
  passing: true,
  refused: false,
}

const TIMEOUT: Failure = {
  code: 'STORE_TIMEOUT',
  message: 'Redis did not answer in time: check its load and the network, or raise timeoutMs.',
  passing: true,
  refused: false,
}

/** Raised by the connection when a reply does not come within `timeoutMs`. */
export class LateReply extends Error {}

/** A reply came that belongs to another command: from here on the connection would lie. */
export class StrayReply extends Error {}

export function failureOf(error: unknown): Failure {
  if (error instanceof LateReply) return TIMEOUT
  const message = messageOf(error)
  if (message === 'Command timed out') return TIMEOUT
  if (!isReply(error)) {
    // A cluster client reports a login that failed on every node as the cause of something else.
    const [auth] = REPLIES
    return auth?.[0].test(messageOf(nested(error))) ? auth[1] : LOST
  }
  for (const [pattern, failure] of REPLIES) if (pattern.test(message)) return failure
  return { code: 'STORE_FAILED', message: `Redis refused: ${message}`, passing: false, refused: false }
}

export function isMissingScript(error: unknown): boolean {
  return isReply(error) && messageOf(error).includes('NOSCRIPT')
}

export function storeError(error: unknown, committed?: 'no' | 'unknown'): EverthreadError {
  if (EverthreadError.isInstance(error)) return error
  const { code, message } = failureOf(error)
  return new EverthreadError(code, message, { cause: error, ...(committed ? { committed } : {}) })
}

/** What went wrong before a commit was sent: nothing of it happened. */
export function beforeCommit(error: unknown): EverthreadError {
  const { code, message, cause } = storeError(error)
  return new EverthreadError(code, message, { cause, committed: 'no' })
}

function reply(pattern: RegExp, code: string, message: string, passing = false): [RegExp, Failure] {
  return [pattern, { code, message, passing, refused: true }]
}

/** Errors that the server itself sent, told by name because the client's own class may be installed twice. */
function isReply(error: unknown): boolean {
  return error instanceof Error && ['ReplyError', 'SimpleError', 'BlobError'].includes(error.name)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

function nested(error: unknown): unknown {
  return error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : undefined
}
