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

/** Runs scripts on a client: each try bounded in time, tried again after a lost connection, each reply told from others. */
export class Connection {
  readonly client: Client
  readonly #patience: Patience
  readonly #ownsClient: boolean
  #nonce = 0

  constructor(client: Client, patience: Patience, ownsClient: boolean) {
    this.client = client
    this.#patience = patience
    this.#ownsClient = ownsClient
  }

  /**
   * `args` are made anew for each try, from the ms since the first one (undefined on the first). `before` is what a
   * failure says of the commit when no try can have been applied.
   */
  async run(name: ScriptName, key: string, args: (ageMs?: number) => Argument[], commits = false): Promise<Reply[]> {
    const { retries, backoffMs } = this.#patience
    const started = performance.now()
    let lost = false
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#try(name, key, args(attempt === 0 ? undefined : performance.now() - started))
      } catch (error) {
        const { passing, refused } = failureOf(error)
        lost ||= !refused
        if (!passing || attempt >= retries) throw storeError(error, commits ? (lost ? 'unknown' : 'no') : undefined)
        if (error instanceof StrayReply || (error instanceof LateReply && this.#ownsClient)) this.#reconnect()
        const pause = backoffMs * 2 ** attempt
        await new Promise((resolve) => setTimeout(resolve, pause / 2 + (Math.random() * pause) / 2))
      }
    }
  }

  async #try(name: ScriptName, key: string, args: Argument[]): Promise<Reply[]> {
    const { text, sha, keys } = scripts[name]
    const nonce = (++this.#nonce).toString(36)
    const rest = [String(keys), key, nonce, ...args]
    try {
      return unwrap(await this.#send('evalsha', [sha, ...rest]), nonce)
    } catch (error) {
      if (!isMissingScript(error)) throw error
      return unwrap(await this.#send('eval', [text, ...rest]), nonce)
    }
  }

  async #send(command: string, args: Argument[]): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LateReply('No reply in time')), this.#patience.timeoutMs)
    })
    try {
      return await Promise.race([this.#dispatch(command, args), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #dispatch(command: string, args: Argument[]): Promise<unknown> {
    const { client } = this
    if (!client.isCluster || !client.options.enableAutoPipelining) return client.callBuffer(command, args)
    // Automatic pipelining takes the script's hash for a key and asks the wrong node; a pipeline of one does not.
    const results = await client.pipeline().callBuffer(command, args).exec()
    const [error, reply] = results?.[0] ?? [new Error('The pipeline came back empty')]
    if (error) throw error
    return reply
  }

  #reconnect(): void {
    const { client } = this
    const nodes = 'nodes' in client ? client.nodes('all') : [client]
    for (const node of nodes) node.disconnect(true)
  }
}

function unwrap(reply: unknown, nonce: string): Reply[] {
  if (!Array.isArray(reply) || String(reply[0]) !== nonce) throw new StrayReply('A reply to another command came')
  return reply.slice(1)
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
