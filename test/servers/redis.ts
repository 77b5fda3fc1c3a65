import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isExecutable } from './executable.ts'
import { freePort } from './ports.ts'
import { makeFolder, removeFolder, type ServerProcess, startProcess } from './server-process.ts'

const run = promisify(execFile)

export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** SIGKILL: nothing is flushed or said goodbye to. */
  kill(): Promise<void>
  /** Starts again on the same port and data, also after {@link RedisServer.kill}; ends a running one cleanly first. */
  restart(): Promise<void>
  /** SIGSTOP and SIGCONT: the server is there but does not answer. */
  pause(): void
  resume(): void
  /** Ends the server and removes its data. */
  stop(): Promise<void>
}

export interface RedisOptions {
  /** Keep an append-only file, synced at every write, so that a killed server comes back with what it acknowledged. */
  appendOnly?: boolean
  /** More settings, as on the command line: `['--requirepass', 'secret']`. */
  args?: string[]
}

/** A Redis of its own on a free loopback port, without persistence unless asked for. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binary = findRedis('redis-server')
  const port = await freePort()
  const folder = makeFolder('redis')
  const persistence = options.appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...persistence]
  args.push('--daemonize', 'no', ...(options.args ?? []))
  const start = async (): Promise<ServerProcess> => {
    const server = startProcess(binary, args, { lastSignal: 'SIGKILL', cwd: folder })
    await untilAnswering(server, port)
    return server
  }
  let server = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid
    },
    kill: () => server.end('SIGKILL'),
    async restart() {
      await server.end('SIGTERM')
      server = await start()
    },
    pause: () => void process.kill(server.pid, 'SIGSTOP'),
    resume: () => void process.kill(server.pid, 'SIGCONT'),
    async stop() {
      await server.end('SIGKILL')
      removeFolder(folder)
    },
  }
}

/** One command by redis-cli; resolves with what the server printed. */
export async function redisCommand(port: number, ...command: string[]): Promise<string> {
  const { stdout } = await run(findRedis('redis-cli'), ['-p', `${port}`, ...command], { env: withoutAuth() })
  return stdout.trim()
}

/** A program of Redis, from the folder that the bootstrap unpacked it to or from PATH. */
export function findRedis(program: 'redis-server' | 'redis-cli'): string {
  const folders = [process.env.EVERTHREAD_REDIS_BIN ?? '', ...(process.env.PATH ?? '').split(delimiter)]
  const found = folders.filter(Boolean).map((folder) => join(folder, program))
  const binary = found.find(isExecutable)
  if (binary) return binary
  throw new Error(`${program} is not on PATH: install Redis 6.2 or newer, or set REDIS_URL and REDIS_CLUSTER_URLS`)
}

async function untilAnswering(server: ServerProcess, port: number): Promise<void> {
  let gone = false
  server.exited.then(() => {
    gone = true
  })
  for (;;) {
    if (gone) throw new Error(`redis-server did not start on port ${port}: ${server.output()}`)
    // A server with a password, or one still loading its file, answers as well: with an error that says so.
    const answer = await redisCommand(port, 'PING').catch(() => '')
    if (answer === 'PONG' || answer.startsWith('NOAUTH')) return
    await sleep(25)
  }
}

function withoutAuth(): NodeJS.ProcessEnv {
  const { REDISCLI_AUTH: _, ...env } = process.env
  return env
}
