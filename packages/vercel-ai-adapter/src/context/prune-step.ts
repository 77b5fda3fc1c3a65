import type { PrunePlan } from '@everthread/core/context'
import type { ModelMessageLike } from '../messages/model-message.ts'
import { type PruneMessagesOptions, pruneModelMessages } from './prune-messages.ts'
import type { StandingPlans } from './standing-plans.ts'

/** What `prepareStep` of `ai` 6 and 7 is called with, as far as it matters here. */
export interface StepLike<M> {
  messages: M[]
  stepNumber: number
  /** In 7: the messages of the call, whatever earlier steps made of them. */
  initialMessages?: M[]
  responseMessages?: readonly unknown[]
  /** In 7: what the user said meanwhile, in this step or in earlier ones. */
  experimental_steeringMessages?: readonly unknown[]
  steps?: readonly object[]
}

/**
 * For `prepareStep` of `streamText` and `generateText`: every step gets a context of all messages so far, and what the
 * step before it was sent stays as it was, so that the provider's cache holds. In 6 an override lasts one step, in 7 it
 * carries forward; both see the same.
 *
 * @throws as `prune` of `@everthread/core/context`, when the step runs
 */
export function pruneStep<M extends ModelMessageLike = ModelMessageLike>(
  options: PruneMessagesOptions<M> = {},
): <Given extends M>(step: StepLike<Given>) => { messages: Given[] } {
  return stepsOf(options)
}

/** What runs begin with that go on from each other. */
export interface Beginnings<M> {
  /** The plans of their first steps. */
  plans: StandingPlans
  /** By the first message of a run: what its first messages are copies of. */
  lentAs(
    first: M,
  ):
    | { originalsOf<G extends M>(messages: readonly G[]): G[]; copiesOf<G extends M>(messages: readonly G[]): G[] }
    | undefined
}

export function stepsOf<M extends ModelMessageLike>(
  options: PruneMessagesOptions<M>,
  beginnings?: Beginnings<M>,
): <Given extends M>(step: StepLike<Given>) => { messages: Given[] } {
  // By the run: its first message is the same object in all its steps.
  const plans = new WeakMap<object, PrunePlan>()
  return <Given extends M>(step: StepLike<Given>) => {
    const given = historyOf(step)
    const run = given[0]
    if (run === undefined) return { messages: given }
    const isFirst = step.stepNumber === 0
    const lent = beginnings?.lentAs(run)
    const all = lent ? lent.originalsOf(given) : given
    const before = isFirst ? beginnings?.plans.before(all) : plans.get(run)
    const previousPlan = before ?? options.previousPlan
    const { messages, plan } = pruneModelMessages<M>(all, { ...options, ...(previousPlan && { previousPlan }) })
    plans.set(run, plan)
    if (isFirst) beginnings?.plans.note(all, plan)
    const same = plan.edits.length === 0 ? [...given] : undefined
    return { messages: (same ?? (lent ? lent.copiesOf(messages) : messages)) as Given[] }
  }
}

/** All that was said in the run, uncut. When the user spoke meanwhile, only what the step is given has it all in order. */
function historyOf<M>({
  messages,
  initialMessages,
  responseMessages,
  experimental_steeringMessages,
  steps,
}: StepLike<M>): M[] {
  if (!initialMessages || !responseMessages || experimental_steeringMessages) return messages
  const spoken = steps?.some((one) => 'experimental_steeringMessages' in one && one.experimental_steeringMessages)
  return spoken ? messages : [...initialMessages, ...(responseMessages as M[])]
}
