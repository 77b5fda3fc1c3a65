/**
 * The tables of format 1, `s` being the quoted schema. A row's revision is kept as its distance from its partition's
 * `base`. A partition without a name is a tombstone: gone for everyone, and its rows are deleted little by little.
 * Values come compressed, so the database need not try, and stand in their row up to a page: cut to the 2 KB pieces of
 * an overflow table they would waste a fifth of it. Space is given back early, as sessions come and go in masses.
 */
export function tablesSql(s: string): string {
  const vacuum = 'autovacuum_vacuum_scale_factor = 0.05'
  return `
    INSERT INTO ${s}.meta VALUES('floor', 0);
    CREATE TABLE ${s}.partitions(
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text COLLATE "C",
      name text COLLATE "C",
      base bigint NOT NULL,
      expires_at bigint,
      remove_at bigint,
      commits integer NOT NULL,
      entries jsonb,
      recent bytea NOT NULL,
      UNIQUE(tenant, name)
    ) WITH (fillfactor = 80, ${vacuum});
    CREATE INDEX partitions_by_removal ON ${s}.partitions(remove_at) WHERE remove_at IS NOT NULL;
    CREATE TABLE ${s}.rows(
      partition bigint NOT NULL,
      until bigint,
      rev integer NOT NULL,
      key text COLLATE "C" NOT NULL,
      value bytea NOT NULL,
      PRIMARY KEY(partition, key)
    ) WITH (toast_tuple_target = 8160, ${vacuum}, toast.${vacuum});
    ALTER TABLE ${s}.rows ALTER COLUMN value SET STORAGE EXTERNAL;
    CREATE INDEX rows_by_until ON ${s}.rows(until) WHERE until IS NOT NULL;
    CREATE TABLE ${s}.entries(
      partition bigint NOT NULL,
      scope text COLLATE "C" NOT NULL,
      sort text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      value bytea,
      PRIMARY KEY(scope, sort, id)
    ) WITH (${vacuum});
    CREATE TABLE ${s}.watchers(id text PRIMARY KEY, until timestamptz NOT NULL);
  `
}

/** The functions of format 1. */
const FUNCTIONS_1 = ['commit', 'read', 'index', 'query', 'entomb', 'drop', 'sweep', 'revisions']

/**
 * Format 2: small rows that stay stand in their partition's own row, as a row of the table takes some 150 bytes
 * beside its value, half of them in the index. Every commit writes that row anyway. It takes up to 1.7 KB, and a page is
 * cleared of dead versions when less than this is left of it: then each new version finds room in the same page.
 */
export function cellsSql(s: string): string {
  return `
    DROP FUNCTION IF EXISTS ${FUNCTIONS_1.map((name) => `${s}.${name}_v1`).join(', ')};
    CREATE TYPE ${s}.cell AS (key text COLLATE "C", rev integer, value bytea);
    ALTER TABLE ${s}.partitions ADD COLUMN cells ${s}.cell[] NOT NULL DEFAULT '{}',
      ALTER COLUMN cells SET STORAGE EXTERNAL, SET (fillfactor = 78);
  `
}
