import { PLAN_SETTINGS } from './plan-settings.ts'
import { unpackCells } from './tables-sql.ts'

/** Looks for the live row `v_key`, among the partition's cells first. Cells do not end. */
const oneRow = (
  s: string,
): string => `SELECT v_head.id, NULL, l.rev, l.key, l.value INTO v_row FROM unnest(v_all) l WHERE l.key = v_key;
            IF NOT FOUND THEN
              SELECT * INTO v_row FROM ${s}.rows r
              WHERE r.partition = v_head.id AND r.key = v_key AND (r.until IS NULL OR r.until > v_now);
            END IF`

/**
 * One read of a partition. STABLE, so that all of it sees one moment. The first line (`n` -1) is the head; then come
 * the rows of each read by its number; a line without a key says that its read was cut. Each read is one of
 * `{get: [key]}`, `{lo, hi, floor?, least?, most?, reverse?, limit, bytes?}` and `{prefix, below, limit}`.
 */
export function readSql(s: string): string {
  return `
    CREATE FUNCTION ${s}.read_v3(p_tenant text, p_name text, p_reads jsonb, p_micros bigint)
    RETURNS TABLE(n integer, key text, rev bigint, until bigint, value text, now bigint, remove_at bigint)
    LANGUAGE plpgsql STABLE ${PLAN_SETTINGS} AS $body$
    #variable_conflict use_column
    DECLARE
      v_now bigint := coalesce(p_micros, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) / 1000;
      v_head ${s}.partitions;
      v_read jsonb;
      v_row ${s}.rows;
      v_all ${s}.cell[];
      v_cells ${s}.cell[];
      v_cell ${s}.cell;
      v_at integer;
      v_reverse boolean;
      v_value bytea;
      v_cursor refcursor;
      v_n integer := -1;
      v_firsts text[] := '{}';
      v_lo text COLLATE "C";
      v_hi text COLLATE "C";
      v_key text COLLATE "C";
      v_limit bigint;
      v_left bigint;
      v_count bigint;
    BEGIN
      SELECT * INTO v_head FROM ${s}.partitions p
      WHERE p.tenant = p_tenant COLLATE "C" AND p.name = p_name COLLATE "C" AND (p.remove_at IS NULL OR p.remove_at > v_now);
      n := -1; now := v_now; rev := coalesce(v_head.base + v_head.commits, 0);
      until := v_head.expires_at; remove_at := v_head.remove_at;
      RETURN NEXT;
      IF v_head.id IS NULL THEN RETURN; END IF;
      now := NULL; remove_at := NULL;
      v_all := ${unpackCells(s, 'v_head.cells')};

      FOR v_read IN SELECT e FROM jsonb_array_elements(p_reads) e LOOP
        v_n := v_n + 1; n := v_n; v_count := 0;
        IF v_read ? 'get' THEN
          FOR v_key IN SELECT e FROM jsonb_array_elements_text(v_read->'get') e LOOP
            ${oneRow(s)};
            CONTINUE WHEN NOT FOUND;
            v_count := v_count + 1;
            IF v_count = 1 THEN v_firsts[v_n] := v_row.key; END IF;
            key := v_row.key; rev := v_head.base + v_row.rev; until := v_row.until; value := encode(v_row.value, 'base64');
            RETURN NEXT;
          END LOOP;
          CONTINUE;
        END IF;

        v_limit := (v_read->>'limit')::bigint; v_left := (v_read->>'bytes')::bigint;
        IF v_read ? 'below' THEN
          v_key := v_firsts[(v_read->>'below')::integer];
          CONTINUE WHEN v_key IS NULL;
          v_key := (v_read->>'prefix') || substring(v_key FROM '[^/]*$');
          ${oneRow(s)};
          IF FOUND THEN
            v_count := 1; v_firsts[v_n] := v_row.key;
            key := v_row.key; rev := v_head.base + v_row.rev; until := v_row.until; value := encode(v_row.value, 'base64');
            RETURN NEXT;
          END IF;
          v_lo := v_key || '/'; v_hi := v_key || '0';
        ELSE
          v_lo := v_read->>'lo'; v_hi := v_read->>'hi';
          IF v_read ? 'floor' THEN
            v_key := greatest(
              (SELECT max(l.key) FROM unnest(v_all) l WHERE l.key >= (v_read->>'least') COLLATE "C"
                AND l.key < (v_read->>'most') COLLATE "C" AND l.key <= (v_read->>'floor') COLLATE "C"),
              (SELECT r.key FROM ${s}.rows r
                WHERE r.partition = v_head.id AND r.key >= (v_read->>'least') COLLATE "C"
                  AND r.key < (v_read->>'most') COLLATE "C" AND r.key <= (v_read->>'floor') COLLATE "C"
                  AND (r.until IS NULL OR r.until > v_now) ORDER BY r.key DESC LIMIT 1));
            v_lo := coalesce(v_key, v_lo);
          END IF;
        END IF;

        v_reverse := v_read ? 'reverse';
        v_cells := ARRAY(SELECT l FROM unnest(v_all) l WHERE l.key >= v_lo AND l.key < v_hi ORDER BY l.key);
        v_at := CASE WHEN v_reverse THEN cardinality(v_cells) ELSE 1 END;
        IF v_reverse THEN
          OPEN v_cursor FOR SELECT * FROM ${s}.rows r
            WHERE r.partition = v_head.id AND r.key >= v_lo AND r.key < v_hi AND (r.until IS NULL OR r.until > v_now)
            ORDER BY r.key DESC;
        ELSE
          OPEN v_cursor FOR SELECT * FROM ${s}.rows r
            WHERE r.partition = v_head.id AND r.key >= v_lo AND r.key < v_hi AND (r.until IS NULL OR r.until > v_now)
            ORDER BY r.key;
        END IF;
        FETCH v_cursor INTO v_row;
        LOOP
          -- Whichever comes first, of the rows and of the cells: a sort of both would read all of the rows.
          v_cell := v_cells[v_at];
          IF v_cell.key IS NOT NULL AND (v_row.key IS NULL OR (v_cell.key < v_row.key) <> v_reverse) THEN
            key := v_cell.key; rev := v_cell.rev; until := NULL; v_value := v_cell.value;
            v_at := v_at + CASE WHEN v_reverse THEN -1 ELSE 1 END;
          ELSIF v_row.key IS NOT NULL THEN
            key := v_row.key; rev := v_row.rev; until := v_row.until; v_value := v_row.value;
            FETCH v_cursor INTO v_row;
          ELSE
            EXIT;
          END IF;
          v_left := v_left - octet_length(v_value);
          IF v_count = v_limit OR (v_count > 0 AND v_left < 0) THEN
            key := NULL; rev := NULL; until := NULL; value := NULL;
            RETURN NEXT;
            EXIT;
          END IF;
          v_count := v_count + 1;
          IF v_count = 1 THEN v_firsts[v_n] := key; END IF;
          rev := v_head.base + rev; value := encode(v_value, 'base64');
          RETURN NEXT;
        END LOOP;
        CLOSE v_cursor;
      END LOOP;
    END $body$;
  `
}
