import type { Commit, Outcome, Read, Row, Snapshot } from '../../contract/store.ts'
import { EverthreadError } from '../../errors.ts'
import { compareBytewise } from '../key-order.ts'

/** A line as `pg` gives it, all values as text. */
export type Line = (string | null)[]

/** For each of several reads a column with its number, then those of `read_v3`: n, key, rev, until, value, now, remove_at. */
export function snapshotsOf(lines: Line[], asked: Read[][]): Snapshot[] {
  const own = asked.map((): Line[] => [])
  for (const [at, ...line] of lines) own[Number(at)]?.push(line)
  return asked.map((reads, at) => snapshotOf(own[at] as Line[], reads))
}

function snapshotOf([head, ...rest]: Line[], reads: Read[]): Snapshot {
  if (!head) throw new EverthreadError('STORE_FAILED', 'Postgres answered a read with nothing: check what is between.')
  const [, , rev, expiresAt, , now, removeAt] = head
  const rows = reads.map((): Row[] => [])
  const more = reads.map(() => false)
  for (const [n, key, rowRev, until, value] of rest) {
    const at = Number(n)
    if (key == null) more[at] = true
    else rows[at]?.push(rowOf(key, rowRev, until, value))
  }
  return {
    now: Number(now),
    rev: Number(rev),
    ...(expiresAt == null ? {} : { expiresAt: Number(expiresAt) }),
    ...(removeAt == null ? {} : { removeAt: Number(removeAt) }),
    rows,
    more,
  }
}

/** What came of one commit of a statement. */
export type Answer = Outcome | EverthreadError

/** The columns of `commit_v3`: n, outcome, rev, now, until, key, value. */
export function outcomesOf(lines: Line[], commits: Commit[]): { outcomes: Answer[]; isWatched: boolean } {
  const heads = new Map<number, Line>()
  const rows = new Map<number, Row[]>()
  for (const line of lines) {
    const [n, outcome, rev, , until, key, value] = line
    if (key == null || outcome != null) heads.set(Number(n), line)
    else rows.set(Number(n), [...(rows.get(Number(n)) ?? []), rowOf(key, rev, until, value)])
  }
  const outcomes = commits.map((commit, at): Answer => {
    const [, outcome, rev, now] = heads.get(at) ?? []
    if (outcome === 'done' || outcome === 'repeated') {
      return { ok: true, now: Number(now), rev: Number(rev), repeated: outcome === 'repeated' }
    }
    if (outcome === 'fence' || outcome === 'expect') {
      return { ok: false, failed: outcome, now: Number(now), rows: inOrder(rows.get(at) ?? [], commit) }
    }
    const message =
      outcome === 'forgotten'
        ? 'The connection was lost, and too much was committed since to tell whether this was: read and decide.'
        : 'Postgres did not answer a commit: read and decide.'
    return new EverthreadError('STORE_UNREACHABLE', message, { committed: 'unknown' })
  })
  return { outcomes, isWatched: heads.has(-1) }
}

export function bytesOf(value: string): Buffer {
  return Buffer.from(value, 'base64')
}

function rowOf(key: string, rev?: string | null, until?: string | null, value?: string | null): Row {
  const row: Row = { key, rev: Number(rev), value: bytesOf(value ?? '') }
  if (until != null) row.until = Number(until)
  return row
}

/** The current rows in the order of the fence and the expectations, without doubles. */
function inOrder(rows: Row[], { fence, expect = [] }: Commit): Row[] {
  const sorted = rows.toSorted((a, b) => compareBytewise(a.key, b.key))
  const ordered = new Set<Row>()
  for (const it of fence ? [fence, ...expect] : expect) {
    const row = sorted.find(({ key }) => ('key' in it ? key === it.key : key.startsWith(it.prefix)))
    if (row) ordered.add(row)
  }
  return [...ordered]
}
