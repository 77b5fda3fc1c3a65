import type { Key, Row } from '../contract/store.ts'
import {
  checkpointKey,
  checkpointOf,
  checkpointPrefix,
  headKey,
  SESSION_KEY,
  writeOwner,
  writesPrefix,
} from './layout.ts'
import type { OpenRows, SeenTip, Thread } from './thread.ts'
import { parseTip } from './tip.ts'

const decoder = new TextDecoder()
export const textOf = (row: Row): string => decoder.decode(row.value)

/** Rows that every read asks for beside its own, so that the commit after it assumes what is true. */
export function controlKeys(thread: Thread): Key[] {
  const heads = [...thread.lanes.values()].map(({ segment }) => headKey(segment))
  return [SESSION_KEY, ...new Set(heads.slice(-64))]
}

/** Takes in the control rows that a read with these keys gave. */
export function learnControls(thread: Thread, keys: readonly Key[], rows: readonly Row[]): void {
  const found = new Map(rows.map((row) => [row.key, row]))
  for (const key of keys) {
    const row = found.get(key)
    const text = row && textOf(row)
    if (key === SESSION_KEY) thread.learnSession(row?.rev ?? 0, text)
    else thread.learnHead(key.slice(2), row?.rev ?? 0, text)
  }
}

export const seenTip = (row: Row): SeenTip => ({ ...parseTip(row.key, textOf(row)), rev: row.rev })

/** Takes in the row of a namespace's tip, or its absence. */
export function learnTip(thread: Thread, namespace: string, row: Row | undefined): void {
  thread.learnTip(namespace, row && seenTip(row))
}

/** A read of all live rows in a stretch of keys. */
export type Range = { prefix: Key; from?: Key; to?: Key; floor?: boolean; limit: number }

/** Reads the newest block of a namespace, all open checkpoints, and all open writes. */
export function openReads(thread: Thread, namespace: string): Range[] {
  const sealedTo = thread.tips.get(namespace)?.sealedTo
  const after = sealedTo === undefined ? {} : { from: checkpointKey(namespace, sealedTo), floor: true }
  return [
    { prefix: checkpointPrefix(namespace), ...after, limit: 1_000 },
    { prefix: writesPrefix(namespace), limit: 5_000 },
  ]
}

export function learnOpenRows(
  thread: Thread,
  namespace: string,
  checkpoints: readonly Row[],
  writes: readonly Row[],
): void {
  const rows: OpenRows = { complete: true, items: new Map(), writes: new Map() }
  const sealedTo = thread.tips.get(namespace)?.sealedTo
  const lastSealed = sealedTo === undefined ? '' : checkpointKey(namespace, sealedTo)
  for (const row of checkpoints) {
    const text = textOf(row)
    if (row.key <= lastSealed) rows.last = { key: row.key, rev: row.rev, text }
    else if (text.includes('\n') || text.includes('\t')) continue
    else rows.items.set(checkpointOf(row.key), { rev: row.rev, text })
  }
  thread.open.set(namespace, rows)
  for (const row of writes)
    thread.noteOpenWrite(namespace, writeOwner(row.key), row.key, { rev: row.rev, text: textOf(row) })
}
