import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What the other process tells. */
export type TurnNews =
  | { kind: 'call'; name: string; args: Record<string, unknown> }
  | { kind: 'holding' }
  | { kind: 'answer'; text: string }
  | { kind: 'failed'; reason: string }

/** What it is asked to do: put a question and hold still once a tool has answered, or finish what is unfinished. */
export interface TurnOrder {
  folder: string
  question?: string
}

export interface TurnOutcome {
  pid: number
  signal: NodeJS.Signals | null
  answer: string | undefined
}

const script = fileURLToPath(new URL('./turn-process.ts', import.meta.url))

/** Runs a turn in a process of its own, and kills that process without warning when it holds in the middle. */
export function runElsewhere(
  order: TurnOrder,
  onCall: (name: string, args: Record<string, unknown>) => void,
): Promise<TurnOutcome> {
  return new Promise((resolve, reject) => {
    const child = fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    let answer: string | undefined
    let reason: string | undefined
    child.on('message', (news: TurnNews) => {
      if (news.kind === 'call') onCall(news.name, news.args)
      if (news.kind === 'holding') child.kill('SIGKILL')
      if (news.kind === 'answer') answer = news.text
      if (news.kind === 'failed') reason = news.reason
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (reason !== undefined || (code !== 0 && signal === null))
        reject(new Error(reason ?? `The other process ended with ${code}.`))
      else resolve({ pid: child.pid ?? 0, signal, answer })
    })
    child.send(order)
  })
}
