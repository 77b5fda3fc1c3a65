import { PLAN_SETTINGS } from './plan-settings.ts'

/**
 * `index_v2` makes a partition's entries the given complete set (`{s: scope, o: sort, v?: fingerprint of the value,
 * a?, l?: its place in the blob}`) and answers the list that the head row keeps. `query_v2` is one page of an index.
 */
export function indexSql(s: string): string {
  return `
    CREATE FUNCTION ${s}.index_v2(p_head ${s}.partitions, p_id text, p_index jsonb, p_blob bytea)
    RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $body$
    DECLARE
      v_old jsonb := coalesce(p_head.entries, '[]');
      v_new jsonb := (
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('s', e->'s', 'o', e->'o', 'v', e->'v')))
        FROM jsonb_array_elements(p_index) e);
      v_entry record;
    BEGIN
      FOR v_entry IN SELECT e->>'s' AS s, e->>'o' AS o FROM jsonb_array_elements(v_old) e
        WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(v_new) x WHERE x->'s' = e->'s' AND x->'o' = e->'o')
      LOOP
        DELETE FROM ${s}.entries t
        WHERE t.scope = v_entry.s COLLATE "C" AND t.sort = v_entry.o COLLATE "C" AND t.id = p_id COLLATE "C";
      END LOOP;
      INSERT INTO ${s}.entries(partition, scope, sort, id, value)
      SELECT p_head.id, x.s, x.o, p_id, substring(p_blob FROM x.a + 1 FOR x.l)
      FROM jsonb_to_recordset(p_index) x(s text, o text, v text, a integer, l integer)
      WHERE NOT EXISTS (SELECT FROM jsonb_to_recordset(v_old) y(s text, o text, v text)
        WHERE y.s = x.s AND y.o = x.o AND y.v IS NOT DISTINCT FROM x.v)
      ON CONFLICT (scope, sort, id) DO UPDATE SET partition = excluded.partition, value = excluded.value;
      RETURN v_new;
    END $body$;

    CREATE FUNCTION ${s}.query_v2(p_tenant text, p_scope text, p_lo text, p_hi text, p_sort text, p_id text,
      p_reverse boolean, p_limit bigint, p_micros bigint)
    RETURNS TABLE(sort text, id text, value text)
    LANGUAGE plpgsql STABLE ${PLAN_SETTINGS} AS $body$
    #variable_conflict use_column
    DECLARE
      v_now bigint := coalesce(p_micros, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) / 1000;
    BEGIN
      IF p_reverse THEN
        RETURN QUERY SELECT e.sort, e.id, encode(e.value, 'base64') FROM ${s}.entries e
          JOIN ${s}.partitions p ON p.id = e.partition AND p.tenant = p_tenant COLLATE "C" AND p.name = e.id
            AND (p.remove_at IS NULL OR p.remove_at > v_now)
          WHERE e.scope = p_scope COLLATE "C" AND e.sort >= p_lo COLLATE "C" AND e.sort < p_hi COLLATE "C"
            AND (e.sort, e.id) < (p_sort COLLATE "C", p_id COLLATE "C")
          ORDER BY e.sort DESC, e.id DESC LIMIT p_limit;
      ELSE
        RETURN QUERY SELECT e.sort, e.id, encode(e.value, 'base64') FROM ${s}.entries e
          JOIN ${s}.partitions p ON p.id = e.partition AND p.tenant = p_tenant COLLATE "C" AND p.name = e.id
            AND (p.remove_at IS NULL OR p.remove_at > v_now)
          WHERE e.scope = p_scope COLLATE "C" AND e.sort >= p_lo COLLATE "C" AND e.sort < p_hi COLLATE "C"
            AND (e.sort, e.id) > (p_sort COLLATE "C", p_id COLLATE "C")
          ORDER BY e.sort, e.id LIMIT p_limit;
      END IF;
    END $body$;
  `
}
