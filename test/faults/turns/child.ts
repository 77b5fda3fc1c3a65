import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Database } from '../../interop/subjects/subject.ts'

/** Another process that works on the same data. */
export interface Child {
  readonly process: ChildProcess
  /** The next line that it says. */
  line(): Promise<string>
  /** All that it said, once it has ended by itself. */
  end(): Promise<string[]>
  kill(): Promise<void>
}

export interface StartOptions {
  /** A command that runs it. */
  within?: readonly string[]
  /** For Node. */
  node?: readonly string[]
}

/** @param name - of a file beside this one; it is given the arguments as one JSON text */
export function startChild(name: string, args: unknown, { within = [], node = [] }: StartOptions = {}): Child {
  const file = fileURLToPath(new URL(`${name}-child.ts`, import.meta.url))
  const flags = ['--disable-warning=ExperimentalWarning', '--conditions=development', ...node]
  const [command = '', ...rest] = [...within, process.execPath, ...flags, file, JSON.stringify(args)]
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const said: string[] = []
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${name} ended without a word`)
    said.push(value)
    return value
  }
  return {
    process: child,
    line,
    async end() {
      for (let next = await lines.next(); !next.done; next = await lines.next()) said.push(next.value)
      const [code] = await exit
      if (code !== 0) throw new Error(`${name} failed with ${code}`)
      return said
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** What a child needs to open the same database: the file of the subject, and the place. */
export interface Where {
  file: string
  address: string
}

export const whereIs = (file: string, { address = '' }: Database): Where => ({ file, address })
