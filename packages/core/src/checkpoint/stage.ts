import { randomUUID } from 'node:crypto'
import type { Commit, Key, Op, Partition, Store } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { SESSION_KEY, STAGE_KEY, TAKEN_ALONG } from './layout.ts'
import type { SessionChange } from './session-change.ts'
import { sessionText } from './session-row.ts'

const OPS = 2_000
const BYTES = 3 * 1024 * 1024
/** What a copy or an import leaves that was cut off is forgotten after so long. */
const LEFT_MS = 3_600_000
const encoder = new TextEncoder()

/** A row of a session that goes over to another place. */
export interface MovedRow {
  key: Key
  value: Uint8Array
  /** What is left of its time to live, ms. */
  ttlMs?: number
}

/**
 * Lays down a whole session where there is none. Until its last commit, which brings the session row, nobody sees
 * anything of it; what refers to others goes last. Who begins later at the same place takes it over.
 */
export class Stage {
  readonly #store: Store
  readonly #to: Partition
  /** The revision of the row that says whose stage this is. */
  readonly #rev: number
  /** Entries, which mean nothing until something refers to them. */
  #entries: Op[] = []
  #others: Op[] = []
  #bytes = 0

  private constructor(store: Store, to: Partition, rev: number) {
    this.#store = store
    this.#to = to
    this.#rev = rev
  }

  /**
   * Clears what an earlier one has left.
   *
   * @throws `SESSION_EXISTS`
   */
  static async begin(store: Store, to: Partition): Promise<Stage> {
    const outcome = await store.commit(to, {
      id: randomUUID(),
      expect: [{ key: SESSION_KEY, rev: 0 }],
      ops: [...CLEAR, { put: STAGE_KEY, value: new Uint8Array() }],
      expiry: LEFT,
    })
    if (!outcome.ok) throw taken()
    return new Stage(store, to, outcome.rev)
  }

  /** @throws `SESSION_EXISTS` when the place was taken meanwhile */
  async add({ key, value, ttlMs }: MovedRow): Promise<void> {
    const op: Op = { put: key, value, ...(ttlMs === undefined ? {} : { ttlMs }) }
    if (key.startsWith('m/')) this.#entries.push(op)
    else this.#others.push(op)
    this.#bytes += value.length
    if (this.#entries.length + this.#others.length < OPS && this.#bytes < BYTES) return
    if (this.#entries.length === 0) await this.#commit({ ops: this.#others.splice(0), expiry: LEFT })
    await this.#flush()
  }

  /**
   * What was added becomes the session.
   *
   * @throws `SESSION_EXISTS` when the place was taken meanwhile
   */
  async finish({ row, ...beside }: SessionChange): Promise<void> {
    await this.#flush()
    const last: Op[] = [{ put: SESSION_KEY, value: encoder.encode(sessionText(row)) }, { del: STAGE_KEY }]
    await this.#commit({ ops: [...this.#others, ...last], ...beside })
  }

  /** Takes away what was laid down, unless it is another's by now. */
  abandon(): Promise<void> {
    return clearStage(this.#store, this.#to, this.#rev)
  }

  async #flush(): Promise<void> {
    if (this.#entries.length > 0) await this.#commit({ ops: this.#entries.splice(0), expiry: LEFT })
    this.#bytes = this.#others.reduce((sum, op) => sum + ('value' in op ? op.value.length : 0), 0)
  }

  async #commit(commit: Omit<Commit, 'id'>): Promise<void> {
    const expect = isStage(this.#rev)
    const outcome = await this.#store.commit(this.#to, { id: randomUUID(), expect, ...commit })
    if (!outcome.ok) throw taken()
  }
}

/** Takes away what was laid down by the stage of this revision, unless it became a session, or another has begun. */
export async function clearStage(store: Store, at: Partition, rev: number): Promise<void> {
  await store.commit(at, { id: randomUUID(), expect: isStage(rev), ops: [...CLEAR, { del: STAGE_KEY }] })
}

const isStage = (rev: number): NonNullable<Commit['expect']> => [
  { key: SESSION_KEY, rev: 0 },
  { key: STAGE_KEY, rev },
]

const LEFT = { expiresInMs: LEFT_MS, removeInMs: LEFT_MS }
const CLEAR: readonly Op[] = TAKEN_ALONG.map((prefix) => ({ delPrefix: prefix }))

const taken = (): EverthreadError =>
  new EverthreadError(
    'SESSION_EXISTS',
    'There is a session with the new id already: delete it first, or choose another',
    { committed: 'no' },
  )
