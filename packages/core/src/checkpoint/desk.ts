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
  historyChannel: string | undefined
  share: boolean
}
