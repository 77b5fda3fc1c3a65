import type { Checkpoint, CheckpointTuple, DeltaChannelHistory, PendingWrite } from '@langchain/langgraph-checkpoint'
import { isSnapshot } from '../values/langgraph.ts'
import type { Place } from './config.ts'
import { DeltaSizes } from './delta-sizes.ts'
import { HANDED } from './hand-over.ts'

/**
 * How many messages the history of a session holds at a checkpoint, where the checkpoint does not say: of what this saver
 * has handed out and taken in.
 */
export class HistorySizes {
  readonly #sizes = new DeltaSizes()
  readonly #channel: string
  readonly #ownSerde: boolean

  constructor(channel: string, ownSerde: boolean) {
    this.#channel = channel
    this.#ownSerde = ownSerde
  }

  /** Of a history that the checkpoint does not hold, {@link fromWrites} tells. */
  handedOut(place: Place, { checkpoint }: CheckpointTuple): void {
    if (!this.#counts(place)) return
    const value = checkpoint.channel_values[this.#channel]
    if (isSnapshot(value)) this.#sizes.learn(place, [value.value])
    else if (!Object.hasOwn(checkpoint.channel_versions, this.#channel)) this.#sizes.learn(place, [])
  }

  /** What was appended to the session beside the graph, and goes on with the run. */
  handedOver(place: Place, messages: unknown): void {
    this.#sizes.write(place, HANDED, messages)
  }

  written(place: Place, task: string, writes: readonly PendingWrite[]): void {
    if (!this.#counts(place)) return
    for (const [i, [channel, value]] of writes.entries())
      if (channel === this.#channel) this.#sizes.write(place, `${task} ${i}`, value)
  }

  fromWrites(place: Place, history: DeltaChannelHistory | undefined): void {
    if (!history || !this.#counts(place)) return
    const seed = isSnapshot(history.seed) ? history.seed.value : history.seed
    this.#sizes.learn(place, [seed, ...history.writes.map(([, , value]) => value)])
  }

  /** A history that the checkpoint holds is counted where it is stored. */
  of(
    place: Place,
    { id, channel_values }: Checkpoint,
    { tookIn, handed }: { tookIn: boolean; handed: boolean },
  ): number | undefined {
    if (!this.#counts(place)) return undefined
    const value = channel_values?.[this.#channel]
    if (value === undefined) return this.#sizes.next(place, id, (name) => tookIn && (handed || name !== HANDED))
    if (isSnapshot(value)) this.#sizes.learn({ ...place, checkpoint: id }, [value.value])
    return undefined
  }

  /** Whether its messages are a session's history. */
  #counts({ namespace }: Place): boolean {
    return namespace === '' && !this.#ownSerde
  }
}
