import { PLAN_SETTINGS } from './plan-settings.ts'

/** What one sweep takes at most, so that it stays short. */
const SWEPT_PARTITIONS = 16
const SWEPT_ROWS = 500

/**
 * `entomb_v3` takes a locked partition out of everyone's sight and leaves its rows for later; `drop_v3` deletes
 * one whole; `sweep_v3` forgets a little of what is past its time, passing by what others hold.
 */
export function removalSql(s: string): string {
  return `
    CREATE FUNCTION ${s}.entomb_v3(p_head ${s}.partitions) RETURNS void LANGUAGE plpgsql VOLATILE AS $body$
    BEGIN
      DELETE FROM ${s}.entries t WHERE t.partition = p_head.id;
      UPDATE ${s}.partitions p SET tenant = NULL, name = NULL, remove_at = 0, recent = '', cells = '{}'
      WHERE p.id = p_head.id;
      UPDATE ${s}.meta m SET value = p_head.base + p_head.commits
      WHERE m.name = 'floor' AND m.value < p_head.base + p_head.commits;
    END $body$;

    CREATE FUNCTION ${s}.drop_v3(p_tenant text, p_name text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE ${PLAN_SETTINGS} AS $body$
    DECLARE v_head ${s}.partitions;
    BEGIN
      SELECT * INTO v_head FROM ${s}.partitions p
      WHERE p.tenant = p_tenant COLLATE "C" AND p.name = p_name COLLATE "C" FOR UPDATE;
      IF NOT FOUND THEN RETURN false; END IF;
      DELETE FROM ${s}.rows r WHERE r.partition = v_head.id;
      PERFORM ${s}.entomb_v3(v_head);
      DELETE FROM ${s}.partitions p WHERE p.id = v_head.id;
      RETURN true;
    END $body$;

    CREATE FUNCTION ${s}.sweep_v3(p_now bigint) RETURNS void
    LANGUAGE plpgsql VOLATILE ${PLAN_SETTINGS} AS $body$
    DECLARE
      v_head ${s}.partitions;
      v_left bigint := ${SWEPT_ROWS};
      v_deleted bigint;
    BEGIN
      FOR v_head IN SELECT * FROM ${s}.partitions p WHERE p.remove_at IS NOT NULL AND p.remove_at <= p_now
        ORDER BY p.remove_at LIMIT ${SWEPT_PARTITIONS} FOR UPDATE SKIP LOCKED
      LOOP
        IF v_head.tenant IS NOT NULL THEN PERFORM ${s}.entomb_v3(v_head); END IF;
        DELETE FROM ${s}.rows r WHERE r.partition = v_head.id AND r.key = ANY(ARRAY(
          SELECT d.key FROM ${s}.rows d WHERE d.partition = v_head.id ORDER BY d.key LIMIT v_left));
        GET DIAGNOSTICS v_deleted = ROW_COUNT;
        v_left := v_left - v_deleted;
        IF v_left <= 0 THEN RETURN; END IF;
        DELETE FROM ${s}.partitions p WHERE p.id = v_head.id;
      END LOOP;
      DELETE FROM ${s}.rows r USING (
        SELECT d.partition, d.key FROM ${s}.rows d WHERE d.until IS NOT NULL AND d.until <= p_now
        ORDER BY d.until LIMIT v_left FOR UPDATE SKIP LOCKED
      ) AS dead WHERE r.partition = dead.partition AND r.key = dead.key;
    END $body$;

    CREATE FUNCTION ${s}.revisions_v3(p_tenants text[], p_names text[], p_micros bigint) RETURNS TABLE(rev bigint)
    LANGUAGE plpgsql STABLE ${PLAN_SETTINGS} AS $body$
    #variable_conflict use_column
    DECLARE
      v_now bigint := coalesce(p_micros, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) / 1000;
    BEGIN
      RETURN QUERY SELECT coalesce((SELECT p.base + p.commits FROM ${s}.partitions p
          WHERE p.tenant = x.tenant COLLATE "C" AND p.name = x.name COLLATE "C"
            AND (p.remove_at IS NULL OR p.remove_at > v_now)), 0)
        FROM unnest(p_tenants, p_names) WITH ORDINALITY x(tenant, name, at) ORDER BY x.at;
    END $body$;
  `
}
