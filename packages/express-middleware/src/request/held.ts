import type { Known } from '../web/known.ts'

/**
 * Where a session keeps what the store holds of it. On the session, out of sight, as a `WeakMap` of all sessions
 * burdens each collection.
 */
export const HELD: unique symbol = Symbol('everthread.held')

export interface Held {
  /** Whoever keeps it there: a session may meet two stores. */
  by?: object
  known?: Known
  /** What it was loaded from: where its properties are found that nobody has looked at. */
  rows?: Known['rows']
}
