import type { Read } from '../../contract/store.ts'
import type { TickBatch } from '../tick-batch.ts'
import { type Connection, numberOf, type Reply } from './connection.ts'
import { readArgument } from './rows.ts'
import { together } from './together.ts'

/** What the script replies of a partition that it must be asked for alone. */
const ALONE = 0

interface Question {
  key: string
  reads: Read[]
  /** The revision that is known; 0 for none. */
  known: number
}

/** What a script has replied of one partition (see `lua/read-n.lua`), and when. */
export interface Told {
  now: number
  answer: Reply
}

/** Reads partitions. Those that are known are asked for together: of nearly all of them nothing has changed. */
export class PartitionReader {
  readonly #connection: Connection
  readonly #now: () => string
  readonly #known: TickBatch<Question, Told>

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection
    this.#now = now
    this.#known = together(connection, (questions) => this.#ask(questions))
  }

  async read(key: string, reads: Read[], known = 0): Promise<Told> {
    const question = { key, reads, known }
    const told = known === 0 ? undefined : await this.#known.add(question)
    if (told && told.answer !== ALONE) return told
    const [alone] = await this.#ask([question])
    return alone as Told
  }

  async #ask(questions: Question[]): Promise<Told[]> {
    const keys = questions.map(({ key }) => key)
    const known = questions.map((question) => (question.known === 0 ? '' : String(question.known)))
    const args = [this.#now(), ...known, ...questions.map(({ reads }) => readArgument(reads))]
    const [time, ...answers] = await this.#connection.run('read-n', keys, () => args)
    const now = numberOf(time)
    return answers.map((answer) => ({ now, answer }))
  }
}
