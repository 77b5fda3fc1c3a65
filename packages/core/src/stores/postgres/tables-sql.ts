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

/** The functions of every format, each with its format behind its name. */
const FUNCTIONS = ['commit', 'read', 'index', 'query', 'entomb', 'drop', 'sweep', 'revisions']

const dropFunctions = (s: string, format: number): string =>
  `DROP FUNCTION IF EXISTS ${FUNCTIONS.map((name) => `${s}.${name}_v${format}`).join(', ')};`

/**
 * Format 2: small rows that stay stand in their partition's own row, as a row of the table takes some 150 bytes
 * beside its value, half of them in the index. Every commit writes that row anyway.
 */
export function cellsSql(s: string): string {
  return `
    ${dropFunctions(s, 1)}
    CREATE TYPE ${s}.cell AS (key text COLLATE "C", rev integer, value bytea);
    ALTER TABLE ${s}.partitions ADD COLUMN cells ${s}.cell[] NOT NULL DEFAULT '{}',
      ALTER COLUMN cells SET STORAGE EXTERNAL, SET (fillfactor = 78);
  `
}

/**
 * Format 3: the same in fewer bytes. A cell is its row's revision (4 bytes), the length of its key (2), the key and the
 * value. A remembered commit is 8 bytes of its fingerprint and 4 of its time. Entries are found by their partition, whose row
 * no longer lists them, and the name of an index takes 12 bytes. A partition's row takes up to 1.4 KB, and a page is
 * cleared of dead versions when less than this is left of it: then each new version finds room in the same page. Values
 * that would leave more than a third of a page empty are cut into the pieces of the overflow table.
 */
export function compactSql(s: string): string {
  return `
    ${dropFunctions(s, 2)}
    CREATE FUNCTION ${s}.compact_cells(p ${s}.cell[]) RETURNS bytea[] LANGUAGE sql AS
      $body$ SELECT ${packCells('p')} $body$;
    CREATE FUNCTION ${s}.compact_recent(p bytea) RETURNS bytea LANGUAGE sql AS $body$
      SELECT coalesce(string_agg(substring(p FROM at FOR 8) || substring(p FROM at + 12 FOR 4), '' ORDER BY at), '')
      FROM generate_series(1, octet_length(p), 16) at $body$;
    ALTER TABLE ${s}.partitions DROP COLUMN entries, ALTER COLUMN cells DROP DEFAULT;
    ALTER TABLE ${s}.partitions ALTER COLUMN cells TYPE bytea[] USING ${s}.compact_cells(cells),
      ALTER COLUMN recent TYPE bytea USING ${s}.compact_recent(recent);
    ALTER TABLE ${s}.partitions ALTER COLUMN cells SET DEFAULT '{}', ALTER COLUMN cells SET STORAGE EXTERNAL,
      SET (fillfactor = 84);
    DROP FUNCTION ${s}.compact_cells, ${s}.compact_recent;
    ALTER TABLE ${s}.entries ALTER COLUMN scope TYPE bytea USING substring(decode(scope, 'base64') FOR 12);
    CREATE INDEX entries_by_partition ON ${s}.entries(partition);
    ALTER TABLE ${s}.rows SET (toast_tuple_target = 2712);
  `
}

/** The packed form of an array of cells. */
export function packCells(cells: string): string {
  return `ARRAY(SELECT int4send(l.rev) || int2send(octet_length(l.key)::int2) || convert_to(l.key, 'UTF8') || l.value
      FROM unnest(${cells}) l)`
}

/** The array of cells of a packed form. */
export function unpackCells(s: string, packed: string): string {
  return `ARRAY(SELECT ROW(convert_from(substring(e FROM 7 FOR length), 'UTF8'), rev, substring(e FROM 7 + length))::${s}.cell
      FROM unnest(${packed}) e, LATERAL (SELECT get_byte(e, 4) * 256 + get_byte(e, 5) AS length,
        ('x' || encode(substring(e FOR 4), 'hex'))::bit(32)::integer AS rev) l)`
}
