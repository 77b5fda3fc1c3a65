import { isMessage } from '../messages/classes.ts'
import type { Place } from './config.ts'

/** Checkpoints of running graphs that are known at once. */
const MOST = 256
/** The id of a message that removes all before it. */
const REMOVE_ALL = '__remove_all__'

/**
 * How many messages a history holds that is stored as its writes alone: the checkpoint does not say. Known is what this
 * saver has handed out or taken in; of anything else it says nothing.
 */
export class DeltaSizes {
  /** The ids of the messages that the channel holds at a checkpoint. */
  readonly #held = new Map<string, Set<string>>()
  /** What was written beside a checkpoint, by the place of the write. */
  readonly #written = new Map<string, Map<string, unknown>>()

  /** What the channel was seen to hold at a checkpoint: in parts, oldest first. */
  learn(place: Place, parts: readonly unknown[]): void {
    const ids = new Set<string>()
    for (const part of parts) take(ids, part)
    keep(this.#held, nameOf(place), ids)
  }

  /** A write is kept as it came first. */
  write(place: Place, name: string, value: unknown): void {
    const written = this.#written.get(nameOf(place)) ?? new Map<string, unknown>()
    if (!written.has(name)) written.set(name, value)
    keep(this.#written, nameOf(place), written)
  }

  /**
   * A checkpoint takes in what was written beside its parent, if the channel changed. How many messages it holds then;
   * undefined: it is not known.
   */
  next(parent: Place, id: string, takesIn: (name: string) => boolean): number | undefined {
    const before = nameOf(parent)
    const ids = parent.checkpoint === undefined ? new Set<string>() : this.#held.get(before)
    const written = this.#written.get(before)
    // A sibling that comes later finds nothing, rather than what is this one's.
    this.#held.delete(before)
    if (!ids) return undefined
    for (const [name, value] of written ?? []) if (takesIn(name)) take(ids, value)
    keep(this.#held, nameOf({ ...parent, checkpoint: id }), ids)
    return ids.size
  }
}

/** As the channel's reducer does. */
function take(ids: Set<string>, written: unknown): void {
  for (const message of Array.isArray(written) ? written : [written]) {
    if (!isMessage(message) || typeof message.id !== 'string') continue
    if (message.getType() !== 'remove') ids.add(message.id)
    else if (message.id === REMOVE_ALL) ids.clear()
    else ids.delete(message.id)
  }
}

function keep<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name)
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > MOST && oldest !== undefined) map.delete(oldest)
}

const nameOf = ({ thread, checkpoint }: Place): string => JSON.stringify([thread, checkpoint])
