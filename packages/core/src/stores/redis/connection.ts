import type { Socket } from 'node:net'
import type { Cluster, Redis } from 'ioredis'
import { EverthreadError } from '../../errors.ts'
import { failureOf, isMissingScript, LateReply, StrayReply, storeError } from './failures.ts'
import { type ScriptName, scripts } from './scripts.ts'

export type Client = Redis | Cluster
export type Argument = string | Buffer
/** What a script replies, after its nonce: bytes, whole numbers, and lists of them. */
export type Reply = Buffer | number | null | Reply[]

export interface Patience {
  timeoutMs: number
  retries: number
  backoffMs: number
}

/** Work that is waited for, at most until then (as `performance.now()` has it). */
interface Waiting {
  endsAt: number
  giveUp(error: unknown): void
}

/** Runs scripts on a client: each try bounded in time, tried again after a lost connection, each reply told from others. */
export class Connection {
  readonly client: Client
  readonly #patience: Patience
  readonly #outstanding = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #nonce = 0
  #closed = false
  #isGathering = false
  #flushes: (() => void)[] = []

  /** The client must not send anything twice by itself: only this class tells a script that it is a retry. */
  constructor(client: Client, patience: Patience) {
    this.client = client
    this.#patience = patience
    client.on('close', () => {
      this.#giveUp()
    })
  }

  /**
   * `args` are made anew for each try, from the ms since the first one (undefined on the first). A failure of what
   * `commits` says whether it happened.
   */
  async run(
    name: ScriptName,
    keys: string | readonly string[],
    args: (ageMs?: number) => Argument[],
    commits = false,
  ): Promise<Reply[]> {
    const { retries, backoffMs } = this.#patience
    const started = performance.now()
    let lost = false
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#try(name, keys, args(attempt === 0 ? undefined : performance.now() - started))
      } catch (error) {
        const { code, passing, refused } = failureOf(error)
        lost ||= !refused
        if (this.#closed) throw closed(commits)
        if (!passing || attempt >= retries) throw storeError(error, commits ? (lost ? 'unknown' : 'no') : undefined)
        if (isWrongConnection(error, code)) this.#reconnect()
        const pause = backoffMs * 2 ** attempt
        await new Promise((resolve) => setTimeout(resolve, pause / 2 + (Math.random() * pause) / 2))
      }
    }
  }

  /** Brings a script, so that its first use takes no second trip. Where that is forbidden, or for a cluster, it does. */
  async load(name: ScriptName): Promise<void> {
    if (this.client.isCluster) return
    await this.bounded(this.client.callBuffer('script', ['LOAD', scripts[name].text])).catch(() => undefined)
  }

  async #try(name: ScriptName, keys: string | readonly string[], args: Argument[]): Promise<Reply[]> {
    const { text, sha } = scripts[name]
    const nonce = (++this.#nonce).toString(36)
    const rest = typeof keys === 'string' ? ['1', keys, nonce, ...args] : [String(keys.length), ...keys, nonce, ...args]
    this.#gather()
    try {
      return unwrap(await this.bounded(this.client.callBuffer('evalsha', [sha, ...rest])), nonce)
    } catch (error) {
      if (!isMissingScript(error)) throw error
      return unwrap(await this.bounded(this.client.callBuffer('eval', [text, ...rest])), nonce)
    }
  }

  /** Calls back at the end of this round of the event loop, just before what it sends leaves. */
  atEndOfRound(flush: () => void): void {
    this.#flushes.push(flush)
    this.#gather()
  }

  /** What is sent in one round of the event loop leaves in one piece: a system call costs as much as a command. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    const { stream } = this.client as { stream?: Pick<Socket, 'cork' | 'uncork'> }
    stream?.cork()
    setImmediate(() => {
      for (const flush of this.#flushes.splice(0)) flush()
      this.#isGathering = false
      stream?.uncork()
    })
  }

  /** Ends the wait for work on the client after `timeoutMs` (and more), or when the connection is lost. */
  bounded<T>(work: Promise<T>, moreMs = 0): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        this.#outstanding.delete(waiting)
        reject(error)
      }
      const waiting: Waiting = { endsAt: performance.now() + this.#patience.timeoutMs + moreMs, giveUp }
      this.#outstanding.add(waiting)
      this.#watch()
      work.then((value) => {
        this.#outstanding.delete(waiting)
        resolve(value)
      }, giveUp)
    })
  }

  /** One timer for all that wait, as nearly all are answered long before it. The connection keeps the process alive. */
  #watch(ms: number = this.#patience.timeoutMs): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const now = performance.now()
      const late = [...this.#outstanding].filter(({ endsAt }) => endsAt <= now)
      for (const waiting of late) waiting.giveUp(new LateReply('No reply in time'))
      const next = Math.min(...[...this.#outstanding].map(({ endsAt }) => endsAt - now))
      if (this.#outstanding.size > 0) this.#watch(Math.min(next, this.#patience.timeoutMs))
    }, ms).unref()
  }

  #giveUp(): void {
    for (const waiting of [...this.#outstanding]) waiting.giveUp(new Error('The connection was lost'))
  }

  close(): void {
    this.#closed = true
    this.client.disconnect()
    clearTimeout(this.#timer)
    this.#giveUp()
  }

  #reconnect(): void {
    const { client } = this
    const nodes = 'nodes' in client ? client.nodes('all') : [client]
    for (const node of nodes) node.disconnect(true)
  }
}

/** Another connection may do better: this one is out of step, or silent, or leads to a master that is one no more. */
function isWrongConnection(error: unknown, code: string): boolean {
  return error instanceof StrayReply || error instanceof LateReply || code === 'STORE_READ_ONLY'
}

function unwrap(reply: unknown, nonce: string): Reply[] {
  if (!Array.isArray(reply) || String(reply[0]) !== nonce) throw new StrayReply('A reply to another command came')
  return reply.slice(1)
}

function closed(commits: boolean): EverthreadError {
  const message = 'The store was closed before Redis answered: open a new one.'
  return new EverthreadError('STORE_CLOSED', message, commits ? { committed: 'unknown' } : {})
}

export function textOf(reply: Reply | undefined): string {
  if (reply instanceof Buffer) return reply.toString()
  if (typeof reply === 'number') return String(reply)
  throw new EverthreadError('STORE_FAILED', 'A script gave an unexpected reply: see that nothing rewrites replies.')
}

export function numberOf(reply: Reply | undefined): number {
  return Number(textOf(reply))
}

export function bytesOf(reply: Reply | undefined): Buffer {
  if (reply instanceof Buffer) return reply
  return Buffer.from(textOf(reply))
}
