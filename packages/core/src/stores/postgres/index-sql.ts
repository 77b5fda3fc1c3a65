import { PLAN_SETTINGS } from './plan-settings.ts'

/**
 * `index_v3` makes a partition's entries the given complete set (`{s: scope, o: sort, a?, l?: the value's place in the
 * blob}`). `query_v3` is one page of an index.
 */
export function indexSql(s: string): string {
  return `
    CREATE FUNCTION ${s}.index_v3(p_partition bigint, p_id text, p_index jsonb, p_blob bytea)
    RETURNS void LANGUAGE plpgsql VOLATILE ${PLAN_SETTINGS} AS $body$
    BEGIN
      DELETE FROM ${s}.entries t WHERE t.partition = p_partition AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(p_index) x(s text, o text)
        WHERE decode(x.s, 'hex') = t.scope AND x.o = t.sort COLLATE "C");
      INSERT INTO ${s}.entries(partition, scope, sort, id, value)
      SELECT p_partition, decode(x.s, 'hex'), x.o, p_id, substring(p_blob FROM x.a + 1 FOR x.l)
      FROM jsonb_to_recordset(p_index) x(s text, o text, a integer, l integer)
      WHERE NOT EXISTS (
        SELECT FROM ${s}.entries t WHERE t.partition = p_partition AND t.scope = decode(x.s, 'hex')
          AND t.sort = x.o COLLATE "C" AND t.value IS NOT DISTINCT FROM substring(p_blob FROM x.a + 1 FOR x.l))
      ON CONFLICT (scope, sort, id) DO UPDATE SET partition = excluded.partition, value = excluded.value;
    END $body$;

    CREATE FUNCTION ${s}.query_v3(p_tenant text, p_scope bytea, p_lo text, p_hi text, p_sort text, p_id text,
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
          WHERE e.scope = p_scope AND e.sort >= p_lo COLLATE "C" AND e.sort < p_hi COLLATE "C"
            AND (e.sort, e.id) < (p_sort COLLATE "C", p_id COLLATE "C")
          ORDER BY e.sort DESC, e.id DESC LIMIT p_limit;
      ELSE
        RETURN QUERY SELECT e.sort, e.id, encode(e.value, 'base64') FROM ${s}.entries e
          JOIN ${s}.partitions p ON p.id = e.partition AND p.tenant = p_tenant COLLATE "C" AND p.name = e.id
            AND (p.remove_at IS NULL OR p.remove_at > v_now)
          WHERE e.scope = p_scope AND e.sort >= p_lo COLLATE "C" AND e.sort < p_hi COLLATE "C"
            AND (e.sort, e.id) > (p_sort COLLATE "C", p_id COLLATE "C")
          ORDER BY e.sort, e.id LIMIT p_limit;
      END IF;
    END $body$;
  `
}
