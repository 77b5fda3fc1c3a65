import type { Snapshotter } from '../codec/snapshot.ts'

/**
 * How the values of a checkpoint become text and back. The engine knows no framework: an adapter brings this.
 * Text is JSON without raw line breaks or tabs.
 */
export interface ValueFormat {
  /** @param name - what error messages call the value */
  stringify(value: unknown, name?: string): string
  parse(text: string): unknown
  /** Of values and of messages: a snapshot holds only if `stringify` or `encode` would give what it gave then. */
  snapshots: Snapshotter
  /** For lists of messages that make up a session's history; such entries are neutral messages. */
  history?: HistoryFormat
}

export interface HistoryFormat {
  /** Whether the value is an element of a history. */
  accepts(value: unknown): boolean
  encode(message: unknown): string
  decode(text: string): unknown
}
