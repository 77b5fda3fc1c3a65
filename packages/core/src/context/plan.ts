import type { MadeMessage, PartEdit } from './lens.ts'

/** Who made an edit, and why: for the receipt and for people. */
export interface EditOrigin {
  /**
   * The policy's name; `repair` for what a provider would refuse, `signatures` for reasoning that a change before it
   * made invalid, `budget` for what the budget made necessary, `tools` for what the option `tools` says.
   */
  policy: string
  reason: string
}

/** These messages of the history are not in the context. */
export interface RemoveEdit extends EditOrigin {
  op: 'remove'
  from: number
  /** One past the last. */
  to: number
  /** For `recall`. */
  handle: string
}

/** One part of a message is changed in its copy. */
export interface PartChange extends EditOrigin {
  /** Its index as the lens reads the message. */
  part: number
  edit: PartEdit
  /** For `recall`, when content went. */
  handle?: string
}

export interface ChangeEdit {
  op: 'change'
  at: number
  parts: PartChange[]
}

/** A message that history does not have, before the one at this place (the history's length: at the end). */
export interface InsertEdit extends EditOrigin {
  op: 'insert'
  at: number
  message: MadeMessage
}

/** A message takes the place of one that no provider would take there. */
export interface ReplaceEdit extends EditOrigin {
  op: 'replace'
  at: number
  message: MadeMessage
  handle: string
}

/** The message joins the one that comes before it in the context. */
export interface MergeEdit extends EditOrigin {
  op: 'merge'
  at: number
}

export type PlanEdit = RemoveEdit | ChangeEdit | InsertEdit | ReplaceEdit | MergeEdit

/**
 * How a context is made from a history: plain data, in the history's order. It survives JSON, and applied to the same
 * history it gives the same bytes every time. Places count from 0 in the whole history.
 */
export interface PrunePlan {
  version: 1
  /** The lens's name. */
  lens: string
  /** What it was made by: the policies with their options, and the provider, as JSON. */
  made: string
  /** How many messages the history had; later ones follow unchanged. */
  length: number
  /** Fingerprints of the first and the last of those messages, so that a plan is not applied to another history. */
  ends: [string, string] | []
  edits: readonly PlanEdit[]
  /** When the context was last built, ms since the epoch, if the caller said. A provider's cache lives from then. */
  usedAt?: number
  /** The tokens of the history when a fresh plan was last weighed against this one. */
  weighedAt: number
}
