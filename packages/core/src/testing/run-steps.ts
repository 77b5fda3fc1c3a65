import { randomUUID } from 'node:crypto'
import type {
  Commit,
  Expect,
  IndexHit,
  IndexQuery,
  Outcome,
  Partition,
  Row,
  Snapshot,
  Store,
} from '../contract/store.ts'
import type { CommitStep, Step, SymbolicExpect } from './steps.ts'
import type { ManualClock } from './suite.ts'

/** More than the steps can index: what goes on beyond it pages without an end. */
const MOST_HITS = 100

/** A revision that no store gives. */
const NEVER = 1

/**
 * Runs steps on one store and tells what they answered in words that do not depend on the store: a revision is
 * called by the commit that made it.
 */
export class StepRunner {
  readonly #store: Store
  readonly #tenant: string
  readonly #commits = new Map<string, string>()
  readonly #last = new Map<string, Commit>()
  readonly #lastRevs = new Map<string, number>()

  constructor(store: Store, tenant: string) {
    this.#store = store
    this.#tenant = tenant
  }

  async run(step: Exclude<Step, { advanceMs: number }>, number: number): Promise<unknown> {
    if ('commit' in step) return this.#commit(step, number)
    if ('repeat' in step) return this.#repeat(step.repeat)
    if ('reads' in step) {
      const known = step.isKnown ? this.#lastRevs.get(step.partition) : undefined
      return this.#snapshot(step.partition, await this.#store.read(this.#at(step.partition), step.reads, known))
    }
    if ('query' in step) return this.#query(step.query)
    this.#last.delete(step.drop)
    await this.#store.drop(this.#at(step.drop))
    return 'dropped'
  }

  async clear(): Promise<void> {
    for (const partition of ['p', 'p/q']) await this.#store.drop(this.#at(partition))
  }

  async #commit(step: CommitStep, number: number): Promise<unknown> {
    const partition = this.#at(step.partition)
    const commit: Commit = { ...step.commit, id: randomUUID(), expect: [] }
    for (const expected of step.expect) commit.expect?.push(await this.#expectation(partition, expected))
    if (step.fence) commit.fence = (await this.#expectation(partition, step.fence)) as NonNullable<Commit['fence']>
    if (step.isKnown) commit.known = (await this.#store.read(partition, [])).rev
    const { follows, ...outcome } = { follows: undefined, ...(await this.#store.commit(partition, commit)) }
    if (follows && !step.isKnown) return 'follows on what was not said to be known'
    if (!outcome.ok) return this.#outcome(step.partition, outcome)
    const isGreater = outcome.rev > (this.#lastRevs.get(step.partition) ?? 0)
    this.#lastRevs.set(step.partition, outcome.rev)
    this.#commits.set(`${step.partition} ${outcome.rev}`, `commit ${number}`)
    this.#last.set(step.partition, commit)
    return [isGreater, this.#outcome(step.partition, outcome)]
  }

  /** Sends the last commit again, unless its partition has gone meanwhile and with it the memory of the commit. */
  async #repeat(id: string): Promise<unknown> {
    const last = this.#last.get(id)
    const { rev } = await this.#store.read(this.#at(id), [])
    if (!last || rev === 0) return 'nothing to repeat'
    const { follows, ...outcome } = {
      follows: undefined,
      ...(await this.#store.commit(this.#at(id), { ...last, known: rev })),
    }
    return follows ? 'follows by a repeat' : this.#outcome(id, outcome)
  }

  async #query(query: IndexQuery): Promise<unknown> {
    const hits: IndexHit[] = []
    let cursor: string | undefined
    do {
      const page = await this.#store.query(this.#tenant, cursor === undefined ? query : { ...query, cursor })
      hits.push(...page.rows)
      cursor = page.cursor
    } while (cursor !== undefined && hits.length < MOST_HITS)
    return hits.map(({ partition, sort, value }) => [partition.id, sort, value && [...value]])
  }

  async #expectation(partition: Partition, expected: SymbolicExpect): Promise<Expect> {
    if ('key' in expected) {
      if (!expected.holds) return { key: expected.key, rev: NEVER }
      const { rows } = await this.#store.read(partition, [{ get: [expected.key] }])
      return { key: expected.key, rev: rows[0]?.[0]?.rev ?? 0 }
    }
    if (!expected.holds) return { prefix: expected.prefix, first: 'never' }
    const { rows } = await this.#store.read(partition, [{ prefix: expected.prefix, limit: 1 }])
    return { prefix: expected.prefix, first: rows[0]?.[0]?.key ?? null }
  }

  #snapshot(id: string, { rev, rows, ...rest }: Snapshot): unknown {
    return { ...rest, rev: this.#name(id, rev), rows: rows.map((list) => list.map((row) => this.#row(id, row))) }
  }

  #outcome(id: string, outcome: Outcome): unknown {
    if (outcome.ok) return { ...outcome, rev: this.#name(id, outcome.rev) }
    const rows = [...outcome.rows].sort((a, b) => (a.key < b.key ? -1 : 1))
    return { ...outcome, rows: rows.map((row) => this.#row(id, row)) }
  }

  #row(id: string, { rev, value, ...row }: Row): unknown {
    return { ...row, rev: this.#name(id, rev), value: [...value] }
  }

  #name(id: string, rev: number): string {
    return rev === 0 ? 'none' : (this.#commits.get(`${id} ${rev}`) ?? `unknown ${rev}`)
  }

  #at(id: string): Partition {
    return { tenant: this.#tenant, id }
  }
}

/** What two stores on one clock answered differently; undefined when nothing. */
export async function firstDifference(
  [store, reference]: [StepRunner, StepRunner],
  steps: Step[],
  clock: ManualClock,
  isEqual: (a: unknown, b: unknown) => boolean,
): Promise<{ step: Step; answered: unknown; expected: unknown } | undefined> {
  for (const [number, step] of steps.entries()) {
    // A partition made again within the same moment is not what is tested.
    clock.advance('drop' in step ? 1 : 'advanceMs' in step ? step.advanceMs : 0)
    if ('advanceMs' in step) continue
    const [answered, expected] = [await store.run(step, number), await reference.run(step, number)]
    if (!isEqual(answered, expected)) return { step, answered, expected }
  }
  return undefined
}
