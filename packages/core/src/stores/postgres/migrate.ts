import { EverthreadError } from '../../errors.ts'
import { commitSql } from './commit-sql.ts'
import { indexSql } from './index-sql.ts'
import { stateOf } from './postgres-error.ts'
import { readSql } from './read-sql.ts'
import { removalSql } from './removal-sql.ts'
import type { Statements } from './statements.ts'
import { cellsSql, compactSql, tablesSql } from './tables-sql.ts'

/** Each brings the schema from the format before to its own; the position counts from 1. */
const MIGRATIONS: ((schema: string) => string)[] = [
  tablesSql,
  cellsSql,
  // Functions are made for the newest format only.
  (s) => [compactSql, readSql, removalSql, indexSql, commitSql].map((part) => part(s)).join('\n'),
]

/**
 * Makes or upgrades the schema. Several processes may do so at once: each upgrade is one statement block, that is one
 * transaction, behind an advisory lock. Raises `STORE_NEWER_FORMAT`, and `STORE_CANNOT_OPEN` on an unfit database.
 */
export async function migrate(statements: Statements, schema: string): Promise<void> {
  let format = await formatOf(statements, schema)
  if (format < MIGRATIONS.length) {
    await checkEncoding(statements)
    await statements.command(migrationBlock(schema))
    format = await formatOf(statements, schema)
  }
  if (format !== MIGRATIONS.length) {
    throw new EverthreadError(
      'STORE_NEWER_FORMAT',
      `The schema ${schema} has format ${format}, this Everthread knows ${MIGRATIONS.length}: upgrade @everthread/core.`,
    )
  }
}

/** 0 when there is nothing yet. */
async function formatOf(statements: Statements, schema: string): Promise<number> {
  try {
    const rows = await statements.run('format', `SELECT $1::text, value FROM ${schema}.meta WHERE name = 'format'`, [])
    return Number(rows[0]?.[0] ?? 0)
  } catch (error) {
    const state = stateOf(error instanceof Error ? error.cause : undefined)
    if (state === '42P01' || state === '3F000') return 0
    throw error
  }
}

async function checkEncoding(statements: Statements): Promise<void> {
  const rows = await statements.run('encoding', 'SELECT $1::text, getdatabaseencoding()', [])
  if (rows[0]?.[0] === 'UTF8') return
  throw new EverthreadError('STORE_CANNOT_OPEN', "The Postgres database's encoding must be UTF8: create one that is.")
}

function migrationBlock(schema: string): string {
  const name = schema.slice(1, -1)
  const steps = MIGRATIONS.map(
    (migration, at) => `
      IF coalesce((SELECT m.value FROM ${schema}.meta m WHERE m.name = 'format'), 0) = ${at} THEN
        EXECUTE $migration$${migration(schema)}$migration$;
        INSERT INTO ${schema}.meta VALUES('format', ${at + 1}) ON CONFLICT (name) DO UPDATE SET value = excluded.value;
      END IF;`,
  )
  return `DO $everthread$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('everthread ${name}', 0));
    IF to_regnamespace('${schema}') IS NULL THEN CREATE SCHEMA ${schema}; END IF;
    CREATE TABLE IF NOT EXISTS ${schema}.meta(name text PRIMARY KEY, value bigint NOT NULL);
    ${steps.join('')}
  END $everthread$`
}
