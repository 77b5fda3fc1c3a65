import type { Key, Partition, Read, Row, Snapshot, StoreDriver } from '../contract/store.ts'

/** Where the wrapped data key of a partition stands. Keys that start with `~` are the store's own, refused to callers. */
export const DATA_KEY_ROW: Key = '~key'
const FIRST_OWN: Key = '~'
/** DEL follows `~` and stands in no key. */
const AFTER_OWN: Key = '\u007f'

/** A read as callers see it: an empty prefix covers all rows but the store's own, and what is known is not told again. */
export async function readCallersRows(
  driver: StoreDriver,
  partition: Partition,
  reads: Read[],
  known?: number,
): Promise<Snapshot> {
  const covers = reads.some(coversOwn)
  const widened = covers ? reads.map((read) => (coversOwn(read) ? { ...read, limit: read.limit + 1 } : read)) : reads
  const snapshot = await driver.read(partition, widened, known)
  if (snapshot.unchanged) return snapshot
  if (known && snapshot.rev === known) return { ...snapshot, unchanged: true, rows: [], more: [] }
  if (!covers) return snapshot
  const rows = reads.map((read, at) => callersRows(read, snapshot.rows[at] ?? []))
  const more = reads.map((read, at) => {
    const cut = coversOwn(read) && isLonger(snapshot.rows[at] ?? [], read.limit)
    return cut || snapshot.more[at] === true
  })
  const hidden = reads.findIndex((read, at) => coversOwn(read) && rows[at]?.length === 0 && more[at])
  if (hidden < 0) return { ...snapshot, rows, more }
  // Only the store's own row fitted into maxBytes: start behind it.
  return readCallersRows(driver, partition, reads.with(hidden, beyondOwn(reads[hidden] as RangeRead)))
}

function isOwn(key: Key): boolean {
  return key.startsWith(FIRST_OWN)
}

type RangeRead = Exclude<Read, { get: Key[] } | { below: number }>

function coversOwn(read: Read): read is RangeRead {
  return 'prefix' in read && read.prefix === '' && !('below' in read)
}

function callersRows(read: Read, rows: Row[]): Row[] {
  if (!('prefix' in read) || read.prefix !== '') return rows
  return rows.filter((row) => !isOwn(row.key)).slice(0, read.limit)
}

function isLonger(rows: Row[], limit: number): boolean {
  return rows.filter((row) => !isOwn(row.key)).length > limit
}

function beyondOwn(read: RangeRead): RangeRead {
  return read.reverse ? { ...read, to: FIRST_OWN } : { ...read, from: AFTER_OWN }
}
