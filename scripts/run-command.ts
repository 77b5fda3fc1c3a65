import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('..', import.meta.url))

export interface Ran {
  code: number
  output: string
}

/** Runs a program of the repository's own node_modules, or of PATH; with `show` its output goes to the terminal. */
export function runCommand(
  command: string,
  args: string[],
  options: { show?: boolean; cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const env = { ...process.env, ...options.env }
  env.PATH = [join(root, 'node_modules/.bin'), env.PATH].join(delimiter)
  const output = options.show ? ('inherit' as const) : ('pipe' as const)
  const stdio = ['inherit' as const, output, output]
  // A group of its own, so that a signal reaches the workers of vitest too, which outlive it otherwise.
  const child = spawn(command, args, { cwd: options.cwd ?? root, env, stdio, detached: process.platform !== 'win32' })
  const stopForwarding = forwardSignals(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      stopForwarding()
      resolve({ code: signal ? 128 + constants.signals[signal] : (code ?? 1), output: text })
    })
  })
}

function forwardSignals(child: ChildProcess): () => void {
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const
  const forward = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  }
  for (const signal of signals) process.on(signal, forward)
  return () => {
    for (const signal of signals) process.off(signal, forward)
  }
}
