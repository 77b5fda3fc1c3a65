import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

/**
 * As much of better-sqlite3's Database as `SqliteSaver` calls, on Node's own SQLite: the peer's SQL and its file stay
 * the same where better-sqlite3's native part cannot be built.
 */
export class NodeSqliteDatabase {
  readonly #db: DatabaseSync

  constructor(path: string) {
    this.#db = new DatabaseSync(path)
  }

  pragma(text: string): void {
    this.#db.exec(`PRAGMA ${text}`)
  }

  exec(sql: string): void {
    this.#db.exec(sql)
  }

  prepare(sql: string): Pick<ReturnType<DatabaseSync['prepare']>, 'get' | 'all' | 'run'> {
    const statement = this.#db.prepare(sql)
    const bound = (values: unknown[]): SQLInputValue[] => values.map((value) => (value ?? null) as SQLInputValue)
    return {
      get: (...values: unknown[]) => statement.get(...bound(values)),
      all: (...values: unknown[]) => statement.all(...bound(values)),
      run: (...values: unknown[]) => statement.run(...bound(values)),
    }
  }

  transaction<A extends unknown[]>(work: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      this.#db.exec('BEGIN')
      try {
        work(...args)
        this.#db.exec('COMMIT')
      } catch (error) {
        this.#db.exec('ROLLBACK')
        throw error
      }
    }
  }

  close(): void {
    this.#db.close()
  }
}
