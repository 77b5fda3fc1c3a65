/** Processes and folders of test servers, which end with this process however it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

let watcher: Writable | undefined

export interface ServerProcess {
  readonly pid: number
  /** Ends it with a signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>
  /** The last lines that the server wrote, for error messages. */
  output(): string
}

/** `lastSignal` ends the server without leaving anything behind when this process cannot say goodbye. */
export function startProcess(
  command: string,
  args: string[],
  options: { lastSignal: NodeJS.Signals; cwd?: string; uid?: number; gid?: number },
): ServerProcess {
  const { lastSignal, ...spawnOptions } = options
  const child = spawn(command, args, { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const tail: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      tail.push(text)
      if (tail.length > 40) tail.shift()
    })
  }
  const pid = child.pid
  const exited = goneOf(child, tail)
  if (pid === undefined) return { pid: -1, exited, end: () => exited, output: () => tail.join('') }
  watch(`pid ${pid} ${lastSignal}`)
  exited.then(() => watch(`-pid ${pid}`))
  child.unref()
  for (const stream of [child.stdout, child.stderr]) unref(stream)
  return {
    pid,
    exited,
    output: () => tail.join(''),
    async end(signal) {
      child.ref()
      child.kill(signal)
      await exited
    },
  }
}

function goneOf(child: ChildProcess, tail: string[]): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      tail.push(error.message)
      resolve()
    })
    child.once('exit', () => resolve())
  })
}

/** A new folder under the system's temporary one, removed by {@link removeFolder} or when this process is gone. */
export function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `everthread-${name}-`))
  watch(`dir ${folder}`)
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  watch(`-dir ${folder}`)
}

function watch(line: string): void {
  watcher ??= startWatcher()
  watcher.write(`${line}\n`)
}

function startWatcher(): Writable {
  const script = fileURLToPath(new URL('./watcher.mjs', import.meta.url))
  // A session of its own, so that Ctrl-C on the terminal does not end the watcher before its work.
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'], detached: true, cwd: '/' })
  child.unref()
  unref(child.stdin)
  return child.stdin
}

// Pipes of a child are sockets, which can be left out of what keeps the process alive; their type does not say so.
function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
}
