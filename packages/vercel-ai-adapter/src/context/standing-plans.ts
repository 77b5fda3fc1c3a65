import type { PrunePlan } from '@everthread/core/context'

/**
 * Plans of messages that come again, with more behind them, as the very same objects: the next one goes on from the one
 * before, and looks at what is new. It remembers as long as others hold the first message.
 */
export class StandingPlans {
  readonly #plans = new WeakMap<object, { messages: readonly object[]; plan: PrunePlan }>()

  before(messages: readonly object[]): PrunePlan | undefined {
    const known = messages[0] && this.#plans.get(messages[0])
    return known?.messages.every((message, at) => message === messages[at]) ? known.plan : undefined
  }

  note(messages: readonly object[], plan: PrunePlan): void {
    if (messages[0]) this.#plans.set(messages[0], { messages, plan })
  }
}
