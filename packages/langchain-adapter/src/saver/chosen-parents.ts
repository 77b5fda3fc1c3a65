import type { Place } from './config.ts'

const MOST = 1_000

/** The checkpoints that were asked for by id: a run that goes on from one of them forks on purpose. */
export class ChosenParents {
  readonly #names = new Set<string>()

  note(place: Place): void {
    if (place.checkpoint === undefined) return
    this.#names.add(nameOf(place))
    for (const oldest of this.#names) {
      if (this.#names.size <= MOST) return
      this.#names.delete(oldest)
    }
  }

  /** Whether the parent was asked for. It counts for one put. */
  take(place: Place): boolean {
    return this.#names.delete(nameOf(place))
  }
}

const nameOf = ({ thread, namespace, checkpoint }: Place): string => JSON.stringify([thread, namespace, checkpoint])
