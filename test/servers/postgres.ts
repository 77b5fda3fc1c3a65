import { execFile } from 'node:child_process'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { freePort } from './ports.ts'
import { findPostgres, unprivileged } from './postgres-binaries.ts'
import { makeFolder, removeFolder, type ServerProcess, startProcess } from './server-process.ts'

const run = promisify(execFile)

export interface PostgresServer {
  /** A superuser on the database `everthread`. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it as a crash would: every connection is cut, nothing is checkpointed; a restart recovers from its log. */
  kill(): Promise<void>
  /** Starts again on the same port and data, also after {@link PostgresServer.kill}. */
  restart(): Promise<void>
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** More settings: `{ max_connections: '20' }`. */
  settings?: Record<string, string>
  /** Where the programs come from; by default wherever they are. */
  from?: 'installed' | 'package' | 'any'
}

/** A Postgres of its own on a free loopback port, without a password, and without fsync (the machine will not crash). */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const user = unprivileged()
  const port = await freePort()
  const folder = makeFolder('postgres')
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o755)
  const bin = findPostgres(user, folder, options.from)
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', 'everthread', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  await run(join(bin, 'initdb'), initdb, { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C' } })

  const settings = {
    listen_addresses: '127.0.0.1',
    port: `${port}`,
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '200',
    ...options.settings,
  }
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const start = async (): Promise<ServerProcess> => {
    // SIGQUIT rather than SIGKILL, which would leave shared memory and orphaned backends behind.
    const server = startProcess(join(bin, 'postgres'), args, { ...user, lastSignal: 'SIGQUIT', cwd: folder })
    await untilAnswering(server, urlOf(port, 'postgres'))
    return server
  }
  let server = await start()
  await query(urlOf(port, 'postgres'), 'CREATE DATABASE everthread')
  return {
    url: urlOf(port, 'everthread'),
    port,
    get pid() {
      return server.pid
    },
    kill: () => server.end('SIGQUIT'),
    async restart() {
      await server.end('SIGINT')
      server = await start()
    },
    async stop() {
      await server.end('SIGQUIT')
      removeFolder(folder)
    },
  }
}

function urlOf(port: number, database: string): string {
  return `postgres://everthread@127.0.0.1:${port}/${database}`
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

async function untilAnswering(server: ServerProcess, url: string): Promise<void> {
  let gone = false
  server.exited.then(() => {
    gone = true
  })
  for (;;) {
    if (gone) throw new Error(`postgres did not start: ${server.output()}`)
    const refused = await query(url, 'SELECT 1').then(
      () => false,
      () => true,
    )
    if (!refused) return
    await sleep(25)
  }
}
