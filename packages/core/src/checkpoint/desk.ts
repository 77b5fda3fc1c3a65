import type { CommitQueue } from './commit-queue.ts'
import type { EncodedObjects } from './encoded-objects.ts'
import type { Reader } from './reader.ts'
import type { Thread } from './thread.ts'
import type { ValueFormat } from './value-format.ts'

/** What an operation on one session works with. */
export interface Desk {
  thread: Thread
  queue: CommitQueue
  reader: Reader
  format: ValueFormat
  encoded: EncodedObjects
  /** Puts that are under way, by the checkpoint that they make. */
  puts: Map<string, Promise<void>>
  /** The channel of the root namespace that holds the history; undefined: none. */
  readonly historyChannel: string | undefined
  /** Whether this side says which one it is, rather than the session. */
  readonly namesHistory: boolean
  share: boolean
}
