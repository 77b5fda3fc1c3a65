import type { PlanEdit } from './plan.ts'

/** Tokens before and after. */
export interface Change {
  before: number
  after: number
}

/** What a prune did, in numbers and in words. Plain data. */
export interface Receipt {
  tokens: Change
  messages: Change
  byRole: Record<string, Change>
  /** Calls and results, by the tool's name. */
  byTool: Record<string, Change>
  /** By policy: how many edits it made, and the tokens that they saved (negative: added). */
  byPolicy: Record<string, { edits: number; saved: number }>
  /** The plan's edits, each with its policy and reason. */
  edits: readonly PlanEdit[]
  /** What `recall` takes, in the history's order. */
  handles: readonly string[]
  /** The tokens that were allowed. */
  budget?: number
  /** Whether the context is within the budget. */
  fits: boolean
  /** When it does not fit: what could not be cut, with its size. */
  why?: string
  /** Set when bytes changed that an earlier plan had fixed: a provider's cache starts again from there. */
  replanned?: { why: string }
  /** Set when a fresh plan was weighed and left: why it does not pay. */
  kept?: { why: string }
}
