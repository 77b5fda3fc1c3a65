import { EverthreadError } from '../../errors.ts'

/** What of `pg` is used, so that its types are needed by nobody else. A `Pool` of `pg` is a {@link PostgresPool}. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  readonly options?: object
}

export interface PostgresClient {
  query(statement: PostgresStatement): Promise<{ rows: (string | null)[][] }>
  release(destroy?: boolean | Error): void
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown
  removeListener(event: 'error' | 'end', listener: (error?: Error) => void): unknown
}

export interface PostgresStatement {
  text: string
  name?: string
  values?: unknown[]
  rowMode: 'array'
  types: { getTypeParser(): (value: string) => string }
}

/** A connection of its own, outside any pool. */
export interface PostgresConnection {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
  on(event: 'error' | 'end' | 'notification', listener: (message: { payload?: string }) => void): unknown
}

interface Peer {
  Pool: new (options: object) => PostgresPool
  Client: new (options: object) => PostgresConnection
}

/** Loads `pg` when it is first needed. Raises `PEER_MISSING` when it is not installed. */
export async function loadPg(): Promise<Peer> {
  try {
    const { default: pg } = await import('pg')
    return pg as unknown as Peer
  } catch (cause) {
    throw new EverthreadError(
      'PEER_MISSING',
      'postgresStore needs the package pg: install it beside @everthread/core.',
      {
        cause,
      },
    )
  }
}
