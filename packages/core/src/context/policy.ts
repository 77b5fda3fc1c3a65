import type { Draft } from './draft.ts'

/** One way to make a context smaller. Policies are applied in order, each on what the ones before it left. */
export interface Policy {
  readonly name: string
  /** What it was made with, as plain data: a plan records it, to know whether it was made by the same policies. */
  readonly options: Readonly<Record<string, unknown>>
  /** Marks what goes or changes. What must stay (pinned, pending, system) the draft keeps by itself. */
  apply(draft: Draft): void
}

/** A policy, or several in order. */
export type Policies = Policy | readonly Policies[]

export function flattenPolicies(policies: Policies): Policy[] {
  return Array.isArray(policies) ? policies.flatMap(flattenPolicies) : [policies as Policy]
}
