import { randomUUID } from 'node:crypto'
import { SESSION_KEY } from '../checkpoint/layout.ts'
import { lastSegment } from '../contract/key.ts'
import type { Partition, Row, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { NeutralMessage } from '../message/message.ts'
import { type Redact, storePatterns } from './redact.ts'
import {
  decodeShare,
  encodeShare,
  hashOf,
  newToken,
  POINTER_KEY,
  pointerPartition,
  SHARES_PREFIX,
  type ShareRow,
  shareKey,
} from './share-row.ts'
import { SharedSession } from './shared-session.ts'

/**
 * What a link shows: what has been said so far (`snapshot`), or also what is said later (`live`), of the current
 * branch; or a branch by name, up to and including a message by its id.
 */
export type ShareScope = 'snapshot' | 'live' | { branch?: string; upTo?: string }

export interface ShareOptions {
  /** Default `snapshot`. */
  scope?: ShareScope
  /** The link ends after so many ms; `false`: only when it is revoked. Default 30 days. */
  expiresIn?: number | false
  /** What is taken out of the texts. Default nothing. */
  redact?: Redact
}

/** A link, without its token, which nobody can tell again. */
export interface Share {
  /** Names the link for {@link SessionShares.revoke}. */
  id: string
  createdAt: number
  expiresAt: number | undefined
  /** How often it was opened, and when last. */
  opened: number
  openedAt: number | undefined
}

/** The session that links are of. */
export interface SharedPlace {
  store: Store
  partition: Partition
  now(): number
  head(): { title: string | undefined; createdAt: number }
  /** Of the branch with this name, or of the current one. */
  branchId(name: string | undefined): Promise<string>
  /** None of a branch that is no longer there. */
  messages(branchId: string): Promise<readonly NeutralMessage[]>
}

const DEFAULT_MS = 30 * 24 * 3_600_000
const MOST_MS = 100 * 366 * 24 * 3_600_000
/** Links of one session at once. */
const MOST_SHARES = 1_000

const invalid = (message: string): EverthreadError => new EverthreadError('SHARE_INVALID', message)

/** Links to a session, for whoever has them. */
export class SessionShares {
  readonly #place: SharedPlace

  constructor(place: SharedPlace) {
    this.#place = place
  }

  /**
   * Makes a link. Its token cannot be told again: only its hash is stored.
   *
   * @throws `SHARE_INVALID`, `SHARES_TOO_MANY`, `MESSAGE_NOT_FOUND`, `BRANCH_NOT_FOUND`, `SESSION_NOT_FOUND`
   */
  async create(options: ShareOptions = {}): Promise<Share & { token: string }> {
    const given = knownOptions(options, ['scope', 'expiresIn', 'redact'], 'SHARE_INVALID')
    const { scope = 'snapshot', expiresIn = DEFAULT_MS, redact } = given
    const ttlMs = checkExpiry(expiresIn)
    const patterns = storePatterns(redact)
    const { store, partition, now } = this.#place
    const createdAt = Math.floor(now())
    const row: ShareRow = {
      createdAt,
      ...(ttlMs === undefined ? {} : { expiresAt: createdAt + ttlMs }),
      ...(await this.#scope(scope)),
      redact: patterns,
      opened: 0,
    }
    if ((await this.#rows()).length >= MOST_SHARES) {
      throw new EverthreadError('SHARES_TOO_MANY', `Revoke a link first: a session has at most ${MOST_SHARES}`)
    }
    const token = newToken()
    const hash = hashOf(token) as string
    const ttl = ttlMs === undefined ? {} : { ttlMs }
    const outcome = await store.commit(partition, {
      id: randomUUID(),
      expect: [{ prefix: SESSION_KEY, first: SESSION_KEY }],
      ops: [{ put: shareKey(hash), value: encodeShare(row), ...ttl }],
    })
    if (!outcome.ok) throw new EverthreadError('SESSION_NOT_FOUND', 'There is no such session to share')
    await store.commit(pointerPartition(partition.tenant, hash), {
      id: randomUUID(),
      ops: [{ put: POINTER_KEY, value: encodeShare({ session: partition.id }), ...ttl }],
      ...(ttlMs === undefined ? {} : { expiry: { expiresInMs: ttlMs, removeInMs: ttlMs } }),
    })
    return { token, ...shareOf(hash, row) }
  }

  /** Those that are neither revoked nor over, oldest first. */
  async list(): Promise<Share[]> {
    const rows = await this.#rows()
    return rows
      .map((row) => shareOf(lastSegment(row.key), decodeShare(row)))
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  }

  /** Ends a link at once, by its id or its token. Whether there was one. */
  async revoke(idOrToken: string): Promise<boolean> {
    const shares = await this.list()
    const hash = hashOf(idOrToken)
    const share = shares.find(({ id }) => id === hash || id === idOrToken)
    if (!share) return false
    const { store, partition } = this.#place
    await store.commit(partition, { id: randomUUID(), ops: [{ del: shareKey(share.id) }] })
    await store.drop(pointerPartition(partition.tenant, share.id))
    return true
  }

  /** A link that was opened. */
  show(hash: string, row: ShareRow): Promise<SharedSession> {
    return SharedSession.open(this.#place, hash, row)
  }

  async #rows(): Promise<Row[]> {
    const { store, partition } = this.#place
    const { rows } = await store.read(partition, [{ prefix: SHARES_PREFIX, limit: MOST_SHARES }])
    return rows[0] ?? []
  }

  async #scope(scope: ShareScope): Promise<Pick<ShareRow, 'branch' | 'upTo'>> {
    const { branch: named, upTo } = typeof scope === 'object' ? checkScope(scope) : {}
    if (typeof scope !== 'object' && scope !== 'snapshot' && scope !== 'live') {
      throw invalid('Give scope as "snapshot", "live", or as an object with a branch or the last message')
    }
    const branch = await this.#place.branchId(named)
    if (scope === 'live' || (typeof scope === 'object' && upTo === undefined)) return { branch }
    const messages = await this.#place.messages(branch)
    const last = upTo === undefined ? messages.at(-1) : messages.find(({ id }) => id === upTo)
    if (upTo !== undefined && !last) {
      throw new EverthreadError('MESSAGE_NOT_FOUND', 'Give upTo as the id of a message of the branch: it has none such')
    }
    return { branch, upTo: last ? { id: last.id ?? '', at: last.createdAt ?? 0 } : null }
  }
}

const shareOf = (id: string, { createdAt, expiresAt, opened, openedAt }: ShareRow): Share => ({
  id,
  createdAt,
  expiresAt,
  opened,
  openedAt,
})

function checkScope(scope: Exclude<ShareScope, string>): Exclude<ShareScope, string> {
  const given: { branch?: unknown; upTo?: unknown } = knownOptions(scope, ['branch', 'upTo'], 'SHARE_INVALID', 'scope')
  for (const text of [given.branch, given.upTo]) {
    if (text !== undefined && (typeof text !== 'string' || text === '')) throw invalid('Give branch and upTo as texts')
  }
  return scope
}

function checkExpiry(expiresIn: unknown): number | undefined {
  if (expiresIn === false) return undefined
  if (Number.isSafeInteger(expiresIn) && (expiresIn as number) > 0 && (expiresIn as number) <= MOST_MS) {
    return expiresIn as number
  }
  throw invalid('Give expiresIn as a whole number of milliseconds above 0, or as false')
}
