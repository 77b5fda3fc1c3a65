/** Marks a file as ours: 'Evth'. */
export const APPLICATION_ID: number = 0x45767468

/** The format of the file; raised with every change that an older release could not read. */
export const FORMAT: number = 1

/**
 * A row's revision is stored as its distance from its partition's `base`: one or two bytes instead of eight.
 * `rows` is a table with rowids: SQLite fills the overflow pages of such a table wholly with large values.
 * A partition without a name is a tombstone: gone for everyone, and its rows are deleted little by little.
 */
export const SCHEMA: string = `
  CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE partitions(
    id INTEGER PRIMARY KEY,
    tenant TEXT,
    name TEXT,
    base INTEGER NOT NULL,
    commits INTEGER NOT NULL,
    expires_at INTEGER,
    remove_at INTEGER,
    entries TEXT,
    recent BLOB NOT NULL
  );
  CREATE UNIQUE INDEX partitions_by_name ON partitions(tenant, name);
  CREATE INDEX partitions_by_removal ON partitions(remove_at) WHERE remove_at IS NOT NULL;
  CREATE TABLE rows(
    id INTEGER PRIMARY KEY,
    partition INTEGER NOT NULL,
    key TEXT NOT NULL,
    rev INTEGER NOT NULL,
    until INTEGER,
    value BLOB NOT NULL
  );
  CREATE UNIQUE INDEX rows_by_key ON rows(partition, key);
  CREATE INDEX rows_by_until ON rows(until) WHERE until IS NOT NULL;
  CREATE TABLE entries(
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    sort TEXT NOT NULL,
    id TEXT NOT NULL,
    partition INTEGER NOT NULL,
    value BLOB,
    PRIMARY KEY(tenant, name, sort, id)
  ) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`
