import type { Bytes, Partition } from '../../contract/store.ts'
import type { ListedEntry } from '../sql/index-set.ts'
import type { Connection } from './connection.ts'
import { readMeta, writeMeta } from './meta.ts'

/** A partition's own row. Its revision is `base + commits`. */
export interface Head {
  id: number
  base: number
  commits: number
  expires_at: number | null
  remove_at: number | null
  /** JSON of {@link ListedEntry}s. */
  entries: string | null
  recent: Bytes
}

/** The head, also of a partition that is past its `removeAt`: see {@link isRemoved}. */
export function findHead(connection: Connection, { tenant, id }: Partition): Head | undefined {
  return connection.get<Head>(
    'SELECT id, base, commits, expires_at, remove_at, entries, recent FROM partitions WHERE tenant = ? AND name = ?',
    tenant,
    id,
  )
}

export function isRemoved(head: Head, now: number): boolean {
  return head.remove_at !== null && head.remove_at <= now
}

export function listedEntries(head: Head): ListedEntry[] {
  return head.entries === null ? [] : (JSON.parse(head.entries) as ListedEntry[])
}

export function makeHead(connection: Connection, { tenant, id }: Partition, micros: number): Head {
  // Above every revision of a partition that is gone, so that one made again never repeats a revision.
  const base = Math.max(micros, (readMeta(connection, 'floor') ?? 0) + 1)
  const made = connection.get<{ id: number }>(
    "INSERT INTO partitions(tenant, name, base, commits, recent) VALUES(?, ?, ?, -1, x'') RETURNING id",
    tenant,
    id,
    base,
  )
  if (!made) throw new Error('SQLite returned no id for a new partition')
  return { id: made.id, base, commits: -1, expires_at: null, remove_at: null, entries: null, recent: new Uint8Array() }
}

export function saveHead(connection: Connection, head: Head): void {
  connection.run(
    'UPDATE partitions SET commits = ?, expires_at = ?, remove_at = ?, entries = ?, recent = ? WHERE id = ?',
    head.commits,
    head.expires_at,
    head.remove_at,
    head.entries,
    head.recent,
    head.id,
  )
}

/** Takes the partition out of everyone's sight at once. Its rows stay, to be deleted little by little. */
export function entomb(connection: Connection, tenant: string, name: string, head: Head): void {
  for (const [index, sort] of listedEntries(head)) {
    connection.run(
      'DELETE FROM entries WHERE tenant = ? AND name = ? AND sort = ? AND id = ?',
      tenant,
      index,
      sort,
      name,
    )
  }
  const last = head.base + head.commits
  if (last > (readMeta(connection, 'floor') ?? 0)) writeMeta(connection, 'floor', last)
  connection.run(
    "UPDATE partitions SET tenant = NULL, name = NULL, remove_at = 0, entries = NULL, recent = x'' WHERE id = ?",
    head.id,
  )
}
