import { randomUUID } from 'node:crypto'
import type { Commit, Key, Outcome, Partition, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { type Amount, NOTHING } from '../turn/cost.ts'
import { draw, type Job, type Refused, type Reservation, type Unsure } from './ledger-job.ts'
import { type Claim, type Held, LedgerPage } from './ledger-page.ts'
import { SeenAccounts } from './seen-accounts.ts'

export interface LedgerOptions {
  store: Store
  partition: Partition
  /** How long what a process that died had reserved stays so, ms. */
  holdMs: number
  /** Store time, ms. */
  now(): number
  /** What was spent could not be written yet: it is tried again. */
  onLate(cause: unknown): void
}

/** Turns whose changes go into one commit. */
const JOBS = 200
/** Others may be faster, so often. */
const TRIES = 1_000
/** A hold is renewed when a third of it is over. */
const RENEWALS = 3
/** What was spent and could not be written is tried again after so long, ms, and so often. */
const AGAIN_MS = 1_000
const MOST_FAILURES = 60

/**
 * The accounts of a tenant's budgets, in the store. Whoever reserves commits against the accounts as they are, so that
 * processes cannot spend together what each could alone; all that waits in this process goes into one commit.
 */
export class Ledger {
  readonly #options: LedgerOptions
  readonly #process = randomUUID()
  readonly #seen: SeenAccounts
  /** What is reserved here, with a claim by which it is renewed. */
  readonly #held = new Map<Key, Held>()
  readonly #claims = new Map<Key, Claim>()
  #jobs: Job[] = []
  #late: Job[] = []
  #unsure: Unsure | undefined
  #commits = 0
  #running: Promise<void> | undefined
  #renewal: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#seen = new SeenAccounts(options.store, options.partition)
  }

  /** Reserves on all accounts or on none. */
  async reserve(claims: readonly Claim[]): Promise<Reservation | Refused> {
    const id = randomUUID()
    const refused = await this.#do('reserve', { id, claims }, NOTHING)
    return refused ?? { id, claims }
  }

  /** Frees what is reserved, and counts what was spent: later, when the store cannot be reached. */
  async settle(reservation: Reservation, spent: Amount): Promise<void> {
    await this.#do('settle', reservation, spent)
  }

  /** Ends when nothing is under way. What is still reserved is renewed no more. */
  async close(): Promise<void> {
    this.#tryAgain()
    while (this.#running) await this.#running
    clearTimeout(this.#again)
    clearTimeout(this.#renewal)
    this.#renewal = undefined
  }

  #do(kind: Job['kind'], { id, claims }: Reservation, spent: Amount): Promise<Refused | undefined> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ kind, id, claims, spent, failures: 0, resolve, reject })
      this.#start()
    })
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async #run(): Promise<void> {
    // What is called in one tick goes into one commit.
    await Promise.resolve()
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs.splice(0, JOBS)
      try {
        await this.#commit(jobs)
        this.#renewLater()
      } catch (error) {
        this.#putOff(jobs, error)
      }
    }
  }

  /** Draws up the commit until nobody else was faster. */
  async #commit(jobs: readonly Job[]): Promise<void> {
    const read = new Set<Key>()
    const keys = [...new Set(jobs.flatMap(({ claims }) => claims.map(({ key }) => key)))]
    if (this.#unsure) await this.#seen.read(keys, read)
    else
      await this.#seen.read(
        keys.filter((key) => !this.#seen.has(key)),
        read,
      )
    const left = await this.#withoutLanded(jobs, read)
    for (let tries = 0; tries < TRIES; tries++) {
      const page = new LedgerPage({
        process: this.#process,
        seen: this.#seen.of(keys),
        held: this.#held,
        now: this.#now(),
      })
      const refusals = new Map<Job, Refused>()
      for (const job of left) {
        const refused = draw(page, job)
        if (refused) refusals.set(job, refused)
      }
      // What was known of the account may be old.
      const doubtful = [...refusals.values()].map(({ claim }) => claim.key).filter((key) => !read.has(key))
      if (doubtful.length > 0) {
        await this.#seen.read(doubtful, read)
        continue
      }
      if (page.isEmpty || (await this.#write(page, left, read))) {
        for (const job of left) job.resolve(refusals.get(job))
        return
      }
    }
    throw new EverthreadError('CONFLICT', 'Too many spend of one budget at once: try again', { committed: 'no' })
  }

  /** Whether it has landed. If not, what is seen is as it is now. */
  async #write(page: LedgerPage, jobs: readonly Job[], read: Set<Key>): Promise<boolean> {
    const commit = ++this.#commits
    const { expect, ops, accounts } = page.write(commit, this.#options.holdMs)
    const outcome = await this.#send({ id: randomUUID(), expect, ops }, { commit, keys: [...accounts.keys()], jobs })
    if (outcome.ok) {
      for (const [key, account] of accounts) this.#seen.set(key, { rev: outcome.rev, account })
      this.#keep(page.held, jobs)
      return true
    }
    this.#seen.learn([...accounts.keys()], outcome.rows)
    for (const key of accounts.keys()) read.add(key)
    return false
  }

  async #send(commit: Commit, unsure: Unsure): Promise<Outcome> {
    const { store, partition } = this.#options
    try {
      return await store.commit(partition, commit)
    } catch (error) {
      this.#unsure = unsure
      throw error
    }
  }

  #keep(held: ReadonlyMap<Key, Held>, jobs: readonly Job[]): void {
    for (const [key, reservations] of held) {
      if (reservations.size > 0) this.#held.set(key, reservations)
      else {
        this.#held.delete(key)
        this.#claims.delete(key)
      }
    }
    for (const { claims } of jobs)
      for (const claim of claims) if (held.get(claim.key)?.size) this.#claims.set(claim.key, claim)
  }

  /** What was settled by a commit of which the reply was lost is not settled again. */
  async #withoutLanded(jobs: readonly Job[], read: Set<Key>): Promise<readonly Job[]> {
    const unsure = this.#unsure
    if (!unsure) return jobs
    const unread = unsure.keys.filter((key) => !read.has(key))
    await this.#seen.read(unread, read)
    this.#unsure = undefined
    const holdOf = (key: Key) => this.#seen.get(key)?.account.holds.get(this.#process)
    if (!unsure.keys.some((key) => holdOf(key)?.commit === unsure.commit)) return jobs
    const landed = new Set(unsure.jobs.filter(({ kind }) => kind === 'settle'))
    for (const { id, claims } of landed) for (const { key } of claims) this.#forget(key, id)
    const isOpen = (job: Job): boolean => !landed.has(job)
    this.#late = this.#late.filter(isOpen)
    this.#jobs = this.#jobs.filter(isOpen)
    return jobs.filter(isOpen)
  }

  #forget(key: Key, id: string): void {
    const held = new Map(this.#held.get(key))
    held.delete(id)
    if (held.size > 0) this.#held.set(key, held)
    else this.#held.delete(key)
  }

  #putOff(jobs: readonly Job[], error: unknown): void {
    for (const { key } of jobs.flatMap(({ claims }) => claims)) this.#seen.forget(key)
    for (const job of jobs) {
      if (job.kind !== 'settle') {
        job.reject(error)
        continue
      }
      // The turn is over all the same.
      job.resolve()
      if (++job.failures < MOST_FAILURES) this.#late.push(job)
      this.#options.onLate(error)
    }
    if (this.#late.length > 0) this.#again ??= setTimeout(() => this.#tryAgain(), AGAIN_MS).unref()
  }

  #tryAgain(): void {
    clearTimeout(this.#again)
    this.#again = undefined
    this.#jobs.unshift(...this.#late.splice(0))
    if (this.#jobs.length > 0) this.#start()
  }

  #now(): number {
    return this.#options.now()
  }

  #renewLater(): void {
    if (this.#held.size === 0) return
    this.#renewal ??= setTimeout(() => {
      this.#renewal = undefined
      const claims = [...this.#held.keys()].map((key) => this.#claims.get(key) as Claim)
      // The store may be back before the hold has run out; if not, what others reserve meanwhile stands.
      void this.#do('renew', { id: '', claims }, NOTHING).catch(() => this.#renewLater())
    }, this.#options.holdMs / RENEWALS).unref()
  }
}
