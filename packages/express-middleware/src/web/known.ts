import type { Row, Snapshot } from '@everthread/core'
import { META, nameOf } from './layout.ts'
import { decodeMeta, type Meta } from './meta.ts'

export interface KnownRow {
  rev: number
  text: string
}

/** What is known of a session's rows, from one moment. Others may have written since: revisions find out. */
export interface Known {
  /** The partition's revision. */
  rev: number
  meta: Meta
  metaRev: number
  rows: ReadonlyMap<string, KnownRow>
  expiresAt: number | undefined
  /** Store time of that moment, and what the process's clock said. */
  storeTime: number
  readAt: number
}

const decoder = new TextDecoder()

/** Undefined when there is no session. */
export function knownFrom(snapshot: Snapshot): Known | undefined {
  const [[meta] = [], data = []] = snapshot.rows
  if (!meta) return undefined
  return {
    rev: snapshot.rev,
    meta: decodeMeta(meta, decoder.decode(meta.value)),
    metaRev: meta.rev,
    rows: new Map(data.map((row) => [nameOf(row.key), knownRow(row)])),
    expiresAt: snapshot.expiresAt,
    storeTime: snapshot.now,
    readAt: performance.now(),
  }
}

/** The same at a later moment, when nothing has changed. */
export function refreshed(known: Known, { expiresAt, now }: Snapshot): Known {
  return { ...known, expiresAt, storeTime: now, readAt: performance.now() }
}

/** What is known after a conflict has told the current rows of what was expected. */
export function corrected(known: Known, expected: Iterable<string>, rows: Row[]): Known | undefined {
  const meta = rows.find(({ key }) => key === META)
  if (!meta) return undefined
  const current = new Map(rows.filter((row) => row !== meta).map((row) => [nameOf(row.key), knownRow(row)]))
  const merged = new Map(known.rows)
  for (const name of expected) {
    const row = current.get(name)
    if (row) merged.set(name, row)
    else merged.delete(name)
  }
  return { ...known, meta: decodeMeta(meta, decoder.decode(meta.value)), metaRev: meta.rev, rows: merged }
}

/** The store's time by now, as well as it can be told without asking. */
export function storeTimeNow({ storeTime, readAt }: Known): number {
  return storeTime + (performance.now() - readAt)
}

function knownRow({ rev, value }: Row): KnownRow {
  return { rev, text: decoder.decode(value) }
}
