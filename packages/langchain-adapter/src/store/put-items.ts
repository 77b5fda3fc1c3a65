import { randomUUID } from 'node:crypto'
import {
  type Commit,
  EverthreadError,
  type Expect,
  type Key,
  LIMITS,
  type Op,
  type Row,
  type Store,
} from '@everthread/core'
import { decodeItem, encodeItem, ITEMS, itemKey, MARK, vectorsKey } from './item.ts'
import { NAMESPACES, partitionOf, pathOf } from './namespace.ts'
import type { StoreClock } from './store-clock.ts'

/** What a batch does to one item. */
export interface Change {
  key: string
  /** What to put, as text; null deletes. */
  text: string | null
  vectors: Uint8Array | undefined
  /** How long the item lives, ms. */
  ttlMs: number | undefined
}

/** What is known of the rows that a commit is about; all of it may be stale. */
interface Known {
  /** Revision of the namespace's mark, and until when the partition lives; null: for ever. */
  mark: { rev: number; until: number | null }
  items: Map<Key, { rev: number; createdAt: number }>
}

const TRIES = 100
/** Two rows an item, and the mark. */
const PART = Math.floor((LIMITS.commitRows - 1) / 2)
/** Values may grow a little when they are sealed. */
const PART_BYTES = LIMITS.commitBytes / 2

/**
 * Puts and deletes items of one namespace, in as few commits as the store allows. It goes by the items
 * being new; where one is not, the refusal says since when it is there.
 */
export class ItemWriter {
  readonly #store: Store
  readonly #tenant: string
  readonly #clock: StoreClock

  constructor(store: Store, tenant: string, clock: StoreClock) {
    this.#store = store
    this.#tenant = tenant
    this.#clock = clock
  }

  async write(namespace: string[], changes: Change[]): Promise<void> {
    for (const part of parts(changes)) await this.#write(namespace, part)
    if (changes.some(({ text }) => text === null)) await this.#forgetIfEmpty(namespace)
  }

  async #write(namespace: string[], changes: Change[]): Promise<void> {
    const puts = changes.filter(({ text }) => text !== null)
    const expected = [...(puts.length > 0 ? [MARK] : []), ...puts.map(({ key }) => itemKey(key))]
    const partition = partitionOf(this.#tenant, namespace)
    let known = knownFrom([])
    if (this.#clock.now === undefined) {
      const { now, rows } = await this.#store.read(partition, [{ get: expected }])
      this.#clock.note(now)
      known = knownFrom(rows[0] ?? [])
    }
    for (let tries = 0; tries < TRIES; tries++) {
      const outcome = await this.#store.commit(partition, this.#plan(namespace, changes, expected, known))
      this.#clock.note(outcome.now)
      if (outcome.ok) return
      known = knownFrom(outcome.rows)
    }
    throw new EverthreadError('CONFLICT', 'Others keep writing the same items: put them again', { committed: 'no' })
  }

  #plan(namespace: string[], changes: Change[], expected: Key[], { mark, items }: Known): Commit {
    const now = this.#clock.now as number
    const ops = changes.flatMap(({ key, text, vectors, ttlMs }): Op[] => {
      if (text === null) return [{ del: itemKey(key) }, { del: vectorsKey(key) }]
      const createdAt = items.get(itemKey(key))?.createdAt ?? now
      const life = ttlMs === undefined ? {} : { ttlMs }
      const item = encodeItem(text, { createdAt, updatedAt: now, ttlMs })
      const stored: Op = vectors ? { put: vectorsKey(key), value: vectors, ...life } : { del: vectorsKey(key) }
      return [{ put: itemKey(key), value: item, ...life }, stored]
    })
    const expect = expected.map((key): Expect => ({ key, rev: key === MARK ? mark.rev : (items.get(key)?.rev ?? 0) }))
    const commit: Commit = { id: randomUUID(), ops, expect }
    const puts = changes.filter(({ text }) => text !== null)
    const lives = puts.length > 0 ? lifeOf(puts, mark, now) : undefined
    return lives ? withLife(commit, namespace, lives.until, now) : commit
  }

  /**
   * Begins the time of an item anew. The namespace's mark has been read with it: when the partition would go before the
   * item does, both are given more time, unless somebody else is about it.
   */
  async refresh(namespace: string[], key: string, ttlMs: number, mark: Row | undefined): Promise<void> {
    const ops: Op[] = [
      { touch: itemKey(key), ttlMs },
      { touch: vectorsKey(key), ttlMs },
    ]
    const known = knownFrom(mark ? [mark] : []).mark
    const lives = known.rev > 0 ? lifeOf([{ ttlMs }], known, this.#clock.now as number) : undefined
    const partition = partitionOf(this.#tenant, namespace)
    const commit: Commit = { id: randomUUID(), ops }
    if (lives) {
      const expect = [{ key: MARK, rev: known.rev }]
      const longer = withLife({ ...commit, expect }, namespace, lives.until, this.#clock.now as number)
      if ((await this.#store.commit(partition, longer)).ok) return
    }
    await this.#store.commit(partition, { ...commit, id: randomUUID() })
  }

  /** A namespace without items is not listed, and its partition goes. */
  async #forgetIfEmpty(namespace: string[]): Promise<void> {
    const partition = partitionOf(this.#tenant, namespace)
    const { rows } = await this.#store.read(partition, [{ prefix: ITEMS, limit: 1 }])
    if (rows[0]?.length !== 0) return
    // Refused when somebody puts an item meanwhile, who then finds the mark.
    await this.#store.commit(partition, {
      id: randomUUID(),
      expect: [{ prefix: ITEMS, first: null }],
      ops: [{ delPrefix: '' }],
      expiry: { expiresInMs: 1, removeInMs: 1 },
      index: [],
    })
  }
}

function* parts(changes: Change[]): Generator<Change[]> {
  let part: Change[] = []
  let bytes = 0
  for (const change of changes) {
    const size = Buffer.byteLength(change.text ?? '') + (change.vectors?.length ?? 0)
    if (part.length === PART || (part.length > 0 && bytes + size > PART_BYTES)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(change)
    bytes += size
  }
  yield part
}

function withLife(commit: Commit, namespace: string[], until: number | null, now: number): Commit {
  const mark: Op = { put: MARK, value: new TextEncoder().encode(JSON.stringify(until)) }
  const index = [{ index: NAMESPACES, sort: pathOf(namespace) }]
  const expiry = until === null ? null : { expiresInMs: until - now, removeInMs: until - now }
  return { ...commit, ops: [...commit.ops, mark], index, expiry }
}

/**
 * What the mark must say from now on; undefined when it may stay. A partition is given double the time of its items, so
 * that the mark is rarely written.
 */
function lifeOf(puts: Pick<Change, 'ttlMs'>[], mark: Known['mark'], now: number): { until: number | null } | undefined {
  const isThere = mark.rev > 0
  if (isThere && mark.until === null) return undefined
  if (puts.some(({ ttlMs }) => ttlMs === undefined)) return { until: null }
  const longest = Math.max(...puts.map(({ ttlMs }) => ttlMs ?? 0))
  if (isThere && (mark.until as number) >= now + longest) return undefined
  return { until: now + 2 * longest }
}

function knownFrom(rows: readonly Row[]): Known {
  const known: Known = { mark: { rev: 0, until: null }, items: new Map() }
  for (const row of rows) {
    if (row.key === MARK) {
      const until = JSON.parse(new TextDecoder().decode(row.value)) as number | null
      known.mark = { rev: row.rev, until }
    } else if (row.key.startsWith(ITEMS)) {
      known.items.set(row.key, { rev: row.rev, createdAt: decodeItem(row).createdAt })
    }
  }
  return known
}
