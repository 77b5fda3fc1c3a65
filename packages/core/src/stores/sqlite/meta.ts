import type { Connection } from './connection.ts'

/** `boot`, `offset` and `seen`: see store-clock.ts. `floor`: the highest revision of a partition that is gone. */
export type MetaName = 'boot' | 'offset' | 'seen' | 'floor'

export function readMeta<T = number>(connection: Connection, name: MetaName): T | undefined {
  return connection.get<{ value: T }>('SELECT value FROM meta WHERE name = ?', name)?.value
}

export function writeMeta(connection: Connection, name: MetaName, value: string | number): void {
  connection.run('INSERT INTO meta VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', name, value)
}
