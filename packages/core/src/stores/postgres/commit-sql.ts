import { LIMITS } from '../../contract/limits.ts'
import { PRINT_BYTES } from './commit-request.ts'
import { PLAN_SETTINGS } from './plan-settings.ts'
import { packCells, unpackCells } from './tables-sql.ts'

/** A remembered commit: of its fingerprint, and when it was made, in milliseconds modulo 2^31. */
const REMEMBERED_BYTES = PRINT_BYTES + 4
const RING_BYTES = LIMITS.rememberedCommits * REMEMBERED_BYTES

const LIVE = '(r.until IS NULL OR r.until > v_now)'

/** A row of at most this many bytes may be a cell, and the cells of a partition take at most so many together. */
const CELL_BYTES = 128
const CELLS_BYTES = 560
/** What a cell takes beside its key and value. */
const CELL_FRAME = 12

/** The revision of the live row `x.k`; 0 when there is none. Cells do not end. */
const revisionOf = (s: string): string => `coalesce(
              (SELECT v_head.base + l.rev FROM unnest(v_cells) l WHERE l.key = x.k COLLATE "C"),
              (SELECT v_head.base + r.rev FROM ${s}.rows r
                WHERE r.partition = v_part AND r.key = x.k COLLATE "C" AND ${LIVE}), 0)`

/** The first live key from `x.lo` to `x.hi`. */
const firstOf = (s: string): string => `least(
              (SELECT min(l.key) FROM unnest(v_cells) l WHERE l.key >= x.lo COLLATE "C" AND l.key < x.hi COLLATE "C"),
              (SELECT r.key FROM ${s}.rows r
                WHERE r.partition = v_part AND r.key >= x.lo COLLATE "C" AND r.key < x.hi COLLATE "C" AND ${LIVE}
                ORDER BY r.key LIMIT 1)) COLLATE "C"`

const cellBytes = (key: string, value: string): string => `${key} + ${value} + ${CELL_FRAME}`

/**
 * A list of commits, each atomic by itself; commit-request.ts says what they hold. Each locks its partition's head
 * row before it looks at anything, so that what it expects is judged by what was committed last. Each answers with
 * a line that has an `outcome` (`done`, `repeated`, `fence`, `expect`, `forgotten`), and after a refusal with lines that have the
 * current rows. `p_doubt` says how many milliseconds ago these commits were sent first, if that may have reached the
 * server: what could have been forgotten since is not made again. A last line with `n` -1 says that somebody is watching.
 */
export function commitSql(s: string): string {
  return `
    CREATE FUNCTION ${s}.commit_v3(p_commits jsonb, p_blob bytea, p_micros bigint, p_sweep boolean,
      p_doubt bigint)
    RETURNS TABLE(n integer, outcome text, rev bigint, now bigint, until bigint, key text, value text)
    LANGUAGE plpgsql VOLATILE ${PLAN_SETTINGS} AS $body$
    #variable_conflict use_column
    DECLARE
      c jsonb;
      v_op jsonb;
      v_touch record;
      v_head ${s}.partitions;
      v_part bigint;
      v_made boolean;
      v_micros bigint;
      v_now bigint;
      v_print bytea;
      v_at integer;
      v_oldest bigint;
      v_keys text[] COLLATE "C";
      v_cells ${s}.cell[];
      v_room integer;
    BEGIN
      n := -1;
      FOR c IN SELECT e FROM jsonb_array_elements(p_commits) e LOOP
        n := n + 1; key := NULL; until := NULL; value := NULL; v_made := false;
        LOOP
          SELECT * INTO v_head FROM ${s}.partitions p
          WHERE p.tenant = (c->>'t') COLLATE "C" AND p.name = (c->>'p') COLLATE "C" FOR UPDATE;
          EXIT WHEN FOUND;
          INSERT INTO ${s}.partitions(tenant, name, base, commits, recent) VALUES(c->>'t', c->>'p', 0, -1, '')
          ON CONFLICT DO NOTHING RETURNING * INTO v_head;
          v_made := FOUND;
          EXIT WHEN v_made;
        END LOOP;
        v_micros := coalesce(p_micros, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
        v_now := v_micros / 1000;
        now := v_now;
        v_part := CASE WHEN v_made OR v_head.remove_at <= v_now THEN NULL ELSE v_head.id END;
        v_cells := CASE WHEN v_part IS NULL THEN '{}' ELSE ${unpackCells(s, 'v_head.cells')} END;

        v_print := decode(c->>'id', 'hex');
        v_at := CASE WHEN v_part IS NULL THEN 0 ELSE position(v_print IN v_head.recent) END;
        IF v_at % ${REMEMBERED_BYTES} = 1 THEN
          outcome := 'repeated'; rev := v_head.base + v_head.commits - v_at / ${REMEMBERED_BYTES};
          RETURN NEXT;
          CONTINUE;
        END IF;
        IF p_doubt IS NOT NULL AND v_part IS NOT NULL AND octet_length(v_head.recent) = ${RING_BYTES} THEN
          v_oldest := ('x' || encode(substring(v_head.recent FROM ${RING_BYTES - 3}), 'hex'))::bit(32)::integer;
          IF (v_now % 2147483648 - v_oldest + 2147483648) % 2147483648 <= p_doubt THEN
            outcome := 'forgotten'; rev := NULL;
            RETURN NEXT;
            CONTINUE;
          END IF;
        END IF;

        outcome := CASE
          WHEN EXISTS (
            SELECT FROM jsonb_to_recordset(c->'fence') x(k text, r bigint)
            WHERE x.r <> ${revisionOf(s)}
          ) THEN 'fence'
          WHEN EXISTS (
            SELECT FROM jsonb_to_recordset(c->'expect') x(k text, r bigint)
            WHERE x.r <> ${revisionOf(s)}
          ) OR EXISTS (
            SELECT FROM jsonb_to_recordset(c->'first') x(lo text, hi text, f text)
            WHERE x.f IS DISTINCT FROM ${firstOf(s)}
          ) THEN 'expect'
        END;
        IF outcome IS NOT NULL THEN
          rev := NULL;
          RETURN NEXT;
          RETURN QUERY SELECT n, NULL::text, v_head.base + r.rev, NULL::bigint, r.until, r.key, encode(r.value, 'base64')
            FROM (
              SELECT x.k COLLATE "C" AS k FROM jsonb_to_recordset(coalesce(c->'fence', '[]') || coalesce(c->'expect', '[]')) x(k text)
              UNION
              SELECT ${firstOf(s)} FROM jsonb_to_recordset(c->'first') x(lo text, hi text)
            ) AS asked
            JOIN LATERAL (
              SELECT r.rev, r.until, r.key, r.value FROM ${s}.rows r
              WHERE r.partition = v_part AND r.key = asked.k COLLATE "C" AND ${LIVE}
              UNION ALL
              SELECT l.rev, NULL, l.key, l.value FROM unnest(v_cells) l WHERE l.key = asked.k COLLATE "C"
              OFFSET 0) AS r ON true;
          IF v_made THEN DELETE FROM ${s}.partitions p WHERE p.id = v_head.id; END IF;
          CONTINUE;
        END IF;

        IF v_part IS NULL THEN
          IF NOT v_made THEN
            PERFORM ${s}.entomb_v3(v_head);
            INSERT INTO ${s}.partitions(tenant, name, base, commits, recent) VALUES(c->>'t', c->>'p', 0, -1, '')
            RETURNING * INTO v_head;
          END IF;
          -- Above every revision of a partition that is gone, so that one made again never repeats a revision.
          v_head.base := greatest(v_micros, 1 + (SELECT m.value FROM ${s}.meta m WHERE m.name = 'floor'));
        END IF;
        v_head.commits := v_head.commits + 1;
        FOR v_op IN SELECT e FROM jsonb_array_elements(c->'ops') e LOOP
          IF v_op ? 'put' THEN
            v_keys := ARRAY(SELECT x.k FROM jsonb_to_recordset(v_op->'put') x(k text));
            v_cells := ARRAY(SELECT l FROM unnest(v_cells) l WHERE l.key <> ALL(v_keys));
            v_room := ${CELLS_BYTES} - (SELECT coalesce(sum(${cellBytes('octet_length(l.key)', 'octet_length(l.value)')}), 0)
              FROM unnest(v_cells) l);
            -- The smallest first, as many as there is room for.
            v_cells := v_cells || ARRAY(
              SELECT ROW(x.k, v_head.commits, substring(p_blob FROM x.a + 1 FOR x.l))::${s}.cell
              FROM (
                SELECT *, sum(${cellBytes('octet_length(k)', 'l')}) OVER (ORDER BY l, k COLLATE "C") AS taken
                FROM jsonb_to_recordset(v_op->'put') x(k text, a integer, l integer, ttl bigint)
                WHERE ttl IS NULL AND l <= ${CELL_BYTES}
              ) AS x WHERE x.taken <= v_room);
            DELETE FROM ${s}.rows r WHERE r.partition = v_head.id AND r.key = ANY(
              ARRAY(SELECT l.key FROM unnest(v_cells) l WHERE l.key = ANY(v_keys)));
            INSERT INTO ${s}.rows(partition, key, rev, until, value)
            SELECT v_head.id, x.k, v_head.commits, v_now + x.ttl, substring(p_blob FROM x.a + 1 FOR x.l)
            FROM jsonb_to_recordset(v_op->'put') x(k text, a integer, l integer, ttl bigint)
            WHERE NOT EXISTS (SELECT FROM unnest(v_cells) l WHERE l.key = x.k COLLATE "C")
            ON CONFLICT (partition, key) DO UPDATE SET rev = excluded.rev, until = excluded.until, value = excluded.value;
          ELSIF v_op ? 'touch' THEN
            FOR v_touch IN SELECT x.k, x.ttl FROM jsonb_to_recordset(v_op->'touch') x(k text, ttl bigint) LOOP
              UPDATE ${s}.rows r SET rev = v_head.commits, until = v_now + v_touch.ttl
              WHERE r.partition = v_head.id AND r.key = v_touch.k COLLATE "C" AND ${LIVE};
              CONTINUE WHEN FOUND;
              -- What ends is no cell.
              INSERT INTO ${s}.rows(partition, key, rev, until, value)
              SELECT v_head.id, l.key, v_head.commits, v_now + v_touch.ttl, l.value
              FROM unnest(v_cells) l WHERE l.key = v_touch.k COLLATE "C"
              ON CONFLICT (partition, key) DO UPDATE SET rev = excluded.rev, until = excluded.until, value = excluded.value;
              v_cells := ARRAY(SELECT l FROM unnest(v_cells) l WHERE l.key <> v_touch.k COLLATE "C");
            END LOOP;
          ELSIF v_op ? 'del' THEN
            v_keys := ARRAY(SELECT jsonb_array_elements_text(v_op->'del'));
            v_cells := ARRAY(SELECT l FROM unnest(v_cells) l WHERE l.key <> ALL(v_keys));
            DELETE FROM ${s}.rows r WHERE r.partition = v_head.id AND r.key = ANY(v_keys);
          ELSE
            v_cells := ARRAY(SELECT l FROM unnest(v_cells) l
              WHERE l.key < (v_op->>'lo') COLLATE "C" OR l.key >= (v_op->>'hi') COLLATE "C");
            DELETE FROM ${s}.rows r
            WHERE r.partition = v_head.id AND r.key >= (v_op->>'lo') COLLATE "C" AND r.key < (v_op->>'hi') COLLATE "C";
          END IF;
        END LOOP;
        IF c ? 'expiry' THEN
          v_head.expires_at := v_now + (c#>>'{expiry,0}')::bigint;
          v_head.remove_at := v_now + (c#>>'{expiry,1}')::bigint;
        END IF;
        IF c ? 'index' THEN
          PERFORM ${s}.index_v3(v_head.id, c->>'p', c->'index', p_blob);
        END IF;
        UPDATE ${s}.partitions p SET base = v_head.base, commits = v_head.commits, expires_at = v_head.expires_at,
          remove_at = v_head.remove_at, cells = ${packCells('v_cells')},
          recent = v_print || int4send((v_now % 2147483648)::integer)
            || substring(v_head.recent FOR ${RING_BYTES - REMEMBERED_BYTES})
        WHERE p.id = v_head.id;
        outcome := 'done'; rev := v_head.base + v_head.commits;
        RETURN NEXT;
      END LOOP;

      IF p_sweep THEN PERFORM ${s}.sweep_v3(v_now); END IF;
      IF EXISTS (SELECT FROM ${s}.watchers w WHERE w.until > clock_timestamp()) THEN
        n := -1; outcome := NULL; key := NULL;
        RETURN NEXT;
      END IF;
    END $body$;
  `
}
