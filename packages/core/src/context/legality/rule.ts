import type { MadeMessage, MessageView, PartEdit } from '../lens.ts'
import type { Pairing } from '../pairing.ts'
import type { OneProvider } from './provider.ts'

export type RuleName =
  | 'call-without-result'
  | 'result-without-call'
  | 'call-outside-assistant'
  | 'duplicate-call-id'
  | 'empty-content'
  | 'orphaned-reasoning'
  | 'changed-reasoning'
  | 'system-not-first'
  | 'first-role'
  | 'same-role-run'

/** The smallest change that makes it legal. `at` counts in the list that the rule was given. */
export type Fix =
  | { do: 'remove'; at: number }
  | { do: 'change'; at: number; part: number; edit: PartEdit }
  | { do: 'insert'; before: number; message: MadeMessage }
  | { do: 'replace'; at: number; message: MadeMessage }
  | { do: 'merge'; at: number }

/** What one or more providers would refuse. */
export interface Finding {
  rule: RuleName
  providers: readonly OneProvider[]
  at: number
  part?: number
  words: string
  fixes: Fix[]
}

/** The messages that a rule looks at, in order. */
export interface Subject {
  views: readonly MessageView[]
  pairing: Pairing
  /** Results stand within the message of their call. */
  within: boolean
  /** Each message's place in its history, for the ids of messages that are made. */
  places: readonly number[]
  /** Messages that came before the first of these were looked at already. */
  before?: Before
}

/** What is known of the context before the messages that are looked at. */
export interface Before {
  /** It has a message that is not a system message. */
  started: boolean
  callIds: { has(id: string): boolean }
}

export type Rule = (subject: Subject) => Finding[]
