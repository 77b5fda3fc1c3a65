import { randomUUID } from 'node:crypto'
import type { Commit, Op, Outcome, Partition, Row, Snapshot, Store } from '@everthread/core'
import { EverthreadError, joinKey } from '@everthread/core'

export interface LedgerReport {
  /** Entries that a writer was told of as committed. */
  acknowledged: number
  /** Of those, the ones that are not there. */
  lost: string[]
  /** Entries that are there more than once. */
  doubled: string[]
  /** What a reader or the final count saw of a commit without the rest of it. */
  halfVisible: string[]
  /** Commits whose end the writer had to look up. */
  unknown: number
  /** Entries that are there, but that too few replicas said they have. */
  unreplicated: Set<string>
}

const PAGE = 500

/**
 * Several writers append to one ledger until each has had `commits` entries acknowledged, whatever happens to the
 * connections meanwhile; then everything is counted. An entry is one commit of three rows: the head with the number of
 * entries, the entry, and its twin.
 */
export async function keepLedger(
  stores: Store[],
  { writers, commits, partition = { tenant: `ledger-${randomUUID()}`, id: 'ledger' } }: LedgerOptions,
): Promise<LedgerReport> {
  const report: LedgerReport = {
    acknowledged: 0,
    lost: [],
    doubled: [],
    halfVisible: [],
    unknown: 0,
    unreplicated: new Set(),
  }
  const acknowledged = new Set<string>()
  const storeOf = (at: number): Store => stores[at % stores.length] as Store
  const reading = new AbortController()
  const reader = watchForHalves(storeOf(0), partition, reading.signal, report)
  await Promise.all(
    Array.from({ length: writers }, async (_, at) => {
      const writer = new Writer(storeOf(at), partition, report)
      for (let entry = 0; entry < commits; entry++) {
        const name = `${at}-${entry}`
        await writer.append(name)
        acknowledged.add(name)
      }
    }),
  )
  reading.abort()
  await reader
  report.acknowledged = acknowledged.size
  await audit(storeOf(0), partition, acknowledged, report)
  await patiently(() => storeOf(0).drop(partition))
  return report
}

export interface LedgerOptions {
  writers: number
  commits: number
  partition?: Partition
}

class Writer {
  readonly #store: Store
  readonly #partition: Partition
  readonly #report: LedgerReport
  #head: Row | undefined

  constructor(store: Store, partition: Partition, report: LedgerReport) {
    this.#store = store
    this.#partition = partition
    this.#report = report
  }

  /** Returns when the entry is known to be there. */
  async append(name: string): Promise<void> {
    let doubtful: number | undefined
    for (;;) {
      const at = count(this.#head)
      const commit: Commit = {
        id: randomUUID(),
        expect: [{ key: 'head', rev: this.#head?.rev ?? 0 }],
        ops: [put('head', String(at + 1)), put(entryKey(at), name), put(twinKey(at), name)],
      }
      const outcome = await this.#try(commit, name)
      if (outcome === 'unknown') {
        doubtful ??= at
        const head = await patiently(() => this.#store.read(this.#partition, [{ get: ['head'] }]))
        this.#head = head.rows[0]?.[0]
      } else if (outcome.ok) {
        this.#head = { key: 'head', rev: outcome.rev, value: bytes(String(at + 1)) }
        return
      } else this.#head = outcome.rows[0]
      if (doubtful !== undefined && (await this.#isThere(name, doubtful))) return
    }
  }

  async #try(commit: Commit, name: string): Promise<Outcome | 'unknown'> {
    try {
      return await this.#store.commit(this.#partition, commit)
    } catch (error) {
      if (!EverthreadError.isInstance(error)) throw error
      if (error.committed === 'yes') this.#report.unreplicated.add(name)
      if (error.committed === 'unknown' || error.committed === 'yes') {
        this.#report.unknown++
        return 'unknown'
      }
      if (error.committed === 'no') return { ok: false, failed: 'expect', now: 0, rows: this.#head ? [this.#head] : [] }
      throw error
    }
  }

  async #isThere(name: string, from: number): Promise<boolean> {
    const entries = await listed(this.#store, this.#partition, 'entry', from)
    return entries.includes(name)
  }
}

/** Reads over and over: the head, and the last entry and twin, must always be of one commit. */
async function watchForHalves(
  store: Store,
  partition: Partition,
  signal: AbortSignal,
  report: LedgerReport,
): Promise<void> {
  const last = (prefix: string) => ({ prefix: `${prefix}/`, reverse: true, limit: 1 })
  while (!signal.aborted) {
    const { rows } = await patiently(() => store.read(partition, [{ get: ['head'] }, last('entry'), last('twin')]))
    const [head, entry, twin] = rows.map(([row]) => row)
    const expected = count(head) - 1
    const seen = [entry, twin].map((row) => (row ? Number(row.key.split('/')[1]) : -1))
    if (seen.some((number) => number !== expected))
      report.halfVisible.push(`head ${expected}, rows ${seen.join(' and ')}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function audit(
  store: Store,
  partition: Partition,
  acknowledged: Set<string>,
  report: LedgerReport,
): Promise<void> {
  const entries = await listed(store, partition, 'entry', 0)
  const twins = await listed(store, partition, 'twin', 0)
  const head = await patiently(() => store.read(partition, [{ get: ['head'] }]))
  if (count(head.rows[0]?.[0]) !== entries.length)
    report.halfVisible.push('the head counts other entries than there are')
  for (const [at, name] of entries.entries()) if (twins[at] !== name) report.halfVisible.push(name)
  const there = new Set(entries)
  report.lost.push(...[...acknowledged].filter((name) => !there.has(name) && !report.unreplicated.has(name)))
  report.doubled.push(...entries.filter((name, at) => entries.indexOf(name) !== at))
}

async function listed(store: Store, partition: Partition, prefix: string, first: number): Promise<string[]> {
  const names: string[] = []
  for (;;) {
    const from = joinKey(prefix, numbered(first + names.length))
    const page: Snapshot = await patiently(() => store.read(partition, [{ prefix: `${prefix}/`, from, limit: PAGE }]))
    names.push(...(page.rows[0] ?? []).map((row) => new TextDecoder().decode(row.value)))
    if (!page.more[0]) return names
  }
}

/** Reads and drops are harmless to repeat: until the server is back. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!EverthreadError.isInstance(error) || !/^STORE_(UNREACHABLE|TIMEOUT|READ_ONLY)$/.test(error.code)) throw error
    }
  }
}

function count(head: Row | undefined): number {
  return head ? Number(new TextDecoder().decode(head.value)) : 0
}

function put(key: string, value: string): Op {
  return { put: key, value: bytes(value) }
}

function entryKey(at: number): string {
  return joinKey('entry', numbered(at))
}

function twinKey(at: number): string {
  return joinKey('twin', numbered(at))
}

function numbered(at: number): string {
  return String(at).padStart(8, '0')
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}
