import { joinKey } from '../contract/key.ts'
import type { Op, Row } from '../contract/store.ts'
import type { DataLog } from '../session/data-log.ts'
import { decodeRow, encodeRow, KEPT_MS, turnKey } from './rows.ts'

/** The session's data as a turn sees it: what it has set, over what is committed. */
export interface TurnData {
  get(key: string): Promise<unknown>
  /** Lands with the next step. */
  set(key: string, value: unknown): void
}

/** What a turn changes in the data, and what was there before it. */
export class TurnDataDraft {
  readonly #log: DataLog
  readonly #turn: string
  readonly #generation: () => string
  /** Keys that the turn has changed. */
  readonly #touched = new Set<string>()
  #values = new Map<string, unknown>()

  /** `generation` is that of the branch which the turn is on. */
  constructor(log: DataLog, turn: string, generation: () => string) {
    this.#log = log
    this.#turn = turn
    this.#generation = generation
  }

  /** How many changes no step has committed. */
  get size(): number {
    return this.#values.size
  }

  async get(key: string): Promise<unknown> {
    return this.#values.has(key) ? this.#values.get(key) : this.#log.getOf(this.#generation(), key)
  }

  set(key: string, value: unknown): void {
    this.#values.set(this.#log.checked(key), value)
  }

  discard(): void {
    this.#values = new Map()
  }

  /** The rows of a step: the values, and for each key that the turn changes first what was there before. */
  async take(): Promise<Op[]> {
    const values = this.#values
    this.discard()
    if (values.size === 0) return []
    const first = [...values.keys()].filter((key) => !this.#touched.has(key))
    const generation = this.#generation()
    const before = first.length > 0 ? await this.#log.images(generation, first) : []
    for (const key of first) this.#touched.add(key)
    const kept = before.map((image, i): Op => {
      return { put: joinKey(...beforeKey(this.#turn), String(first[i])), value: encodeRow(image), ttlMs: KEPT_MS }
    })
    return [...this.#log.ops(generation, values), ...kept]
  }
}

const beforeKey = (turn: string): string[] => ['u', turn, 'd']

/** Under this stands what a turn has found in the data that it changed. */
export const beforePrefix = (turn: string): string => `${turnKey(turn)}/`

/** What puts the data back as it was. */
export function restoreData(rows: readonly Row[]): Op[] {
  return rows.map((row) => {
    const [put, text] = decodeRow(row) as [string, string | null]
    return text === null ? { del: put } : { put, value: new TextEncoder().encode(text) }
  })
}
