import type { Commit, IndexEntry, Outcome, Partition, Row } from '../../contract/store.ts'
import { findCommit, fingerprint, rememberCommit } from '../sql/commit-fingerprint.ts'
import { changeIndex } from '../sql/index-set.ts'
import { rangeOf } from '../sql/key-range.ts'
import type { Connection } from './connection.ts'
import { entomb, findHead, type Head, isRemoved, listedEntries, makeHead, saveHead } from './partition-head.ts'
import { deleteRange, deleteRow, firstKey, getRow, putRow, rangeRows, revisionOf, touchRow } from './row-access.ts'

/** Judges and applies one commit; the caller holds the write transaction. */
export function commitPartition(connection: Connection, partition: Partition, commit: Commit, micros: number): Outcome {
  const now = Math.floor(micros / 1000)
  const found = findHead(connection, partition)
  const current = found && !isRemoved(found, now) ? found : undefined
  const print = fingerprint(commit.id)
  const ago = current && findCommit(current.recent, print)
  if (current && ago !== undefined) {
    return { ok: true, now, rev: current.base + current.commits - ago, repeated: true }
  }
  const failed = judge(connection, current, commit, now)
  if (failed) return { ok: false, failed, now, rows: current ? currentRows(connection, current, commit, now) : [] }

  if (found && !current) entomb(connection, partition.tenant, partition.id, found)
  const follows = (current ? current.base + current.commits : 0) === commit.known
  const head = current ?? makeHead(connection, partition, micros)
  head.commits++
  head.recent = rememberCommit(head.recent, print)
  for (const op of commit.ops) {
    if ('put' in op) {
      const until = op.ttlMs === undefined ? null : now + op.ttlMs
      putRow(connection, head, { key: op.put, value: op.value, until })
    } else if ('touch' in op) touchRow(connection, head, op.touch, now + op.ttlMs, now)
    else if ('del' in op) deleteRow(connection, head, op.del)
    else deleteRange(connection, head, rangeOf(op.delPrefix))
  }
  if (commit.expiry !== undefined) {
    head.expires_at = commit.expiry === null ? null : now + commit.expiry.expiresInMs
    head.remove_at = commit.expiry === null ? null : now + commit.expiry.removeInMs
  }
  if (commit.index) setIndex(connection, partition, head, commit.index)
  saveHead(connection, head)
  return { ok: true, now, rev: head.base + head.commits, repeated: false, ...(follows ? { follows } : {}) }
}

function judge(
  connection: Connection,
  head: Head | undefined,
  commit: Commit,
  now: number,
): 'fence' | 'expect' | undefined {
  const { fence, expect = [] } = commit
  const revision = (key: string): number => (head ? revisionOf(connection, head, key, now) : 0)
  if (fence && revision(fence.key) !== fence.rev) return 'fence'
  const asExpected = expect.every((it) =>
    'key' in it
      ? revision(it.key) === it.rev
      : (head ? firstKey(connection, head, rangeOf(it.prefix), now) : null) === it.first,
  )
  return asExpected ? undefined : 'expect'
}

function currentRows(connection: Connection, head: Head, { fence, expect = [] }: Commit, now: number): Row[] {
  const rows = new Map<string, Row>()
  for (const it of fence ? [fence, ...expect] : expect) {
    const row =
      'key' in it
        ? getRow(connection, head, it.key, now)
        : rangeRows(connection, head, rangeOf(it.prefix), { limit: 1 }, now).rows[0]
    if (row) rows.set(row.key, row)
  }
  return [...rows.values()]
}

function setIndex(connection: Connection, { tenant, id }: Partition, head: Head, index: IndexEntry[]): void {
  const { removed, added, listed } = changeIndex(listedEntries(head), index)
  for (const [name, sort] of removed) {
    connection.run('DELETE FROM entries WHERE tenant = ? AND name = ? AND sort = ? AND id = ?', tenant, name, sort, id)
  }
  for (const { index: name, sort, value } of added) {
    connection.run(
      'INSERT OR REPLACE INTO entries(tenant, name, sort, id, partition, value) VALUES(?, ?, ?, ?, ?, ?)',
      tenant,
      name,
      sort,
      id,
      head.id,
      value ?? null,
    )
  }
  head.entries = listed.length === 0 ? null : JSON.stringify(listed)
}
