import type { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint'

/** A saver to measure, opened on a database of its own. */
export interface OpenedSaver {
  saver: BaseCheckpointSaver
  /** What the database takes now; for savers in memory, the sum of what they have serialised. */
  storedBytes?(): Promise<number>
  /** Of the stored bytes, what live rows take; the rest is for the next ones to use. Absent where that is all the same. */
  liveBytes?(): Promise<number>
  /** One round trip that asks for nothing: what the machine and the network take. */
  ping?(): Promise<unknown>
  /** Live over allocated bytes as the server itself tells it; absent where only the stored bytes can be known. */
  liveShare?(): Promise<number>
  /** Waits until the server has cleared up after itself what was deleted, as it does in the background. */
  settle?(): Promise<void>
  /** A saver that has seen nothing yet, on the same database. Absent: it is not asked to prove what it stored. */
  reopen?(): Promise<OpenedSaver>
  close(): Promise<void>
}

export interface Subject {
  name: string
  /** `floor`: what the graph costs without storing; `peer`: stores the whole state each time; `ours`. */
  kind: 'floor' | 'peer' | 'ours'
  /** `folder` is empty and its own; `label` is unique on a shared server. */
  open(folder: string, label: string): Promise<OpenedSaver>
}

/** Loaded on demand, so that one that cannot run here stops none of the others. */
export const subjects: Record<string, () => Promise<Subject>> = {
  reference: async () => (await import('./savers/floor.ts')).reference,
  walking: async () => (await import('./savers/floor.ts')).walking,
  memory: async () => (await import('./savers/memory-peer.ts')).memoryPeer,
  'sqlite-peer': async () => (await import('./savers/sqlite-peer.ts')).sqlitePeer,
  'postgres-peer': async () => (await import('./savers/postgres-peer.ts')).postgresPeer,
  sqlite: async () => (await import('./savers/ours-sqlite.ts')).oursSqlite({ share: false, encrypted: false }),
  'sqlite-shared': async () => (await import('./savers/ours-sqlite.ts')).oursSqlite({ share: true, encrypted: false }),
  'sqlite-encrypted': async () =>
    (await import('./savers/ours-sqlite.ts')).oursSqlite({ share: true, encrypted: true }),
  redis: async () => (await import('./savers/ours-redis.ts')).oursRedis,
  postgres: async () => (await import('./savers/ours-postgres.ts')).oursPostgres,
}
