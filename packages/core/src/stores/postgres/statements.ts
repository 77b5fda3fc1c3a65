import { randomUUID } from 'node:crypto'
import { EverthreadError } from '../../errors.ts'
import { backOff } from '../sql/backoff.ts'
import type { PostgresClient, PostgresPool, PostgresStatement } from './peer.ts'
import { failureOf } from './postgres-error.ts'
import type { Line } from './reply.ts'

export interface StatementOptions {
  /** For one try, connecting included. */
  timeoutMs: number
  /** Tries after the first. */
  retries: number
  backoffMs: number
  /** Whether statements are prepared under a name, once for each connection. */
  prepare: boolean
}

/** Parameters; as a function, of how long ago a try was sent that may have reached the server, or null. */
export type Values = unknown[] | ((doubtMs: number | null) => unknown[])

const LONGEST_WAIT_MS = 2000

/** All values arrive as text: the parsers that an application may have set for its own tables must not touch ours. */
const asText = { getTypeParser: () => (value: string) => value }

/**
 * Runs single statements, each its own transaction, on any connection of the pool. What may pass is tried again;
 * a commit's retry carries the same id, so it does not matter whether the lost one had happened.
 */
export class Statements {
  readonly #pool: PostgresPool
  readonly #options: StatementOptions
  readonly #asker: string = randomUUID().slice(0, 8)
  #asked = 0

  constructor(pool: PostgresPool, options: StatementOptions) {
    this.#pool = pool
    this.#options = options
  }

  /**
   * Runs a statement whose first parameter is a fresh question number and whose first column says it back, so that no
   * reply is ever taken for that of another statement. Answers the other columns; lines that are all null are left out.
   * `name` is the statement's when it is prepared. Raises one `EverthreadError`, whose `committed` says what is known.
   */
  async run(name: string, text: string, values: Values): Promise<Line[]> {
    const statement: PostgresStatement = { text, rowMode: 'array', types: asText }
    if (this.#options.prepare) statement.name = `everthread_${name}`
    return this.#retrying(async (sent, doubtMs) => {
      const question = `${this.#asker}-${this.#asked++}`
      const given = typeof values === 'function' ? values(doubtMs) : values
      const { rows } = await this.#tryOnce({ ...statement, values: [question, ...given] }, question, sent)
      return rows.map(([, ...columns]) => columns).filter((columns) => columns.some((value) => value !== null))
    })
  }

  /** A call of one of our functions; its arguments are `values`. */
  async call(name: string, target: string, values: Values): Promise<Line[]> {
    const parameters = (typeof values === 'function' ? values(null) : values).map((_, at) => `$${at + 2}`).join(', ')
    const text = `SELECT q.asked, f.* FROM (SELECT $1::text) q(asked) LEFT JOIN LATERAL ${target}(${parameters}) f ON true`
    return this.run(name, text, values)
  }

  /** A statement without parameters and answer. */
  async command(text: string): Promise<void> {
    await this.#retrying((sent) => this.#tryOnce({ text, rowMode: 'array', types: asText }, undefined, sent))
  }

  async #retrying<T>(work: (sent: { value: boolean }, doubtMs: number | null) => Promise<T>): Promise<T> {
    const { retries, backoffMs } = this.#options
    let doubtfulSince: number | undefined
    for (let attempt = 0; ; attempt++) {
      const sent = { value: false }
      const started = performance.now()
      try {
        return await work(sent, doubtfulSince === undefined ? null : Math.ceil(started - doubtfulSince))
      } catch (cause) {
        const { error, passing } = failureOf(cause, sent.value)
        if (error.committed === 'unknown') doubtfulSince ??= started
        if (!passing || attempt >= retries) throw doubtfulSince === undefined ? error : asUnknown(error)
        await backOff(attempt, backoffMs, LONGEST_WAIT_MS)
      }
    }
  }

  async #tryOnce(
    statement: PostgresStatement,
    question: string | undefined,
    sent: { value: boolean },
  ): Promise<{ rows: Line[] }> {
    const deadline = new Deadline(this.#options.timeoutMs)
    try {
      const client = await deadline.before(this.#pool.connect(), sent, (late) => late.release())
      return await useClient(client, async () => {
        sent.value = true
        const { rows } = await deadline.before(client.query(statement), sent)
        for (const [answered] of question === undefined ? [] : rows) {
          if (answered !== question) throw new Error('Postgres answered another statement than the one that was sent')
        }
        return { rows }
      })
    } finally {
      deadline.end()
    }
  }
}

/** Gives the client back; one that failed is closed, as nobody knows what it would answer next. */
async function useClient<T>(client: PostgresClient, work: () => Promise<T>): Promise<T> {
  // A connection that breaks says so here too, and an error that nobody listens to would end the process.
  const onError = (): void => undefined
  client.on('error', onError)
  let failed = true
  try {
    const result = await work()
    failed = false
    return result
  } finally {
    client.release(failed)
    if (!failed) client.removeListener('error', onError)
  }
}

class Deadline {
  readonly #timer: NodeJS.Timeout
  readonly #passed: Promise<'passed'>

  constructor(ms: number) {
    const { promise, resolve } = Promise.withResolvers<'passed'>()
    this.#passed = promise
    this.#timer = setTimeout(() => resolve('passed'), ms)
  }

  /** What comes too late is given to `onLate`, its error to nobody. */
  async before<T>(work: Promise<T>, sent: { value: boolean }, onLate?: (result: T) => void): Promise<T> {
    const first = await Promise.race([work.then((result) => ({ result })), this.#passed])
    if (first !== 'passed') return first.result
    work.then(onLate, () => undefined)
    throw new EverthreadError('STORE_TIMEOUT', 'Postgres did not answer in time: check its load and timeoutMs.', {
      committed: sent.value ? 'unknown' : 'no',
    })
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}

function asUnknown(error: EverthreadError): EverthreadError {
  if (error.committed === 'unknown') return error
  return new EverthreadError(error.code, error.message, { cause: error.cause, committed: 'unknown' })
}
