import type { Head } from './branch-row.ts'
import type { Desk } from './desk.ts'
import { everHeld } from './ever-held.ts'
import { entriesOf, type HistoryRuns, historyRuns, runsAt } from './history-runs.ts'
import type { Run } from './runs.ts'

/** Where the messages of a tenant's sessions stand, apart from the checkpoints that hold them. */
export class Histories {
  readonly #desk: (session: string) => Desk

  constructor(desk: (session: string) => Desk) {
    this.#desk = desk
  }

  /** Of the tip, or of a head; undefined: there is none. */
  runs(session: string, head?: Head): Promise<HistoryRuns | undefined> {
    return historyRuns(this.#desk(session), head)
  }

  /** What a channel of a checkpoint refers to. */
  runsAt(session: string, at: { namespace: string; id: string; channel: string }): Promise<readonly Run[]> {
    return runsAt(this.#desk(session), at)
  }

  /** The text of entries, read page by page. */
  entries(session: string, runs: readonly Run[], page: number): AsyncGenerator<string> {
    return entriesOf(this.#desk(session), runs, page)
  }

  /** As {@link everHeld}. */
  everHeld(session: string): Promise<string[]> {
    return everHeld(this.#desk(session))
  }
}
