import { refuseUnknown } from '../check-options.ts'
import { checkLens, type Lens } from '../lens.ts'
import { type DefaultMessage, lensOr } from '../lenses/default.ts'
import { pairCalls } from '../pairing.ts'
import { readMessages } from '../read-messages.ts'
import { refusals, rules } from './mend.ts'
import { type OneProvider, type Provider, providersOf } from './provider.ts'
import type { Finding, RuleName, Subject } from './rule.ts'
import { changedReasoning } from './rules/reasoning.ts'

/** Something that a provider would refuse. */
export interface Violation {
  rule: RuleName
  /** Who refuses it, of those that were asked about. */
  providers: OneProvider[]
  /** The message's place in the list. */
  at: number
  /** The part's, as the lens reads the message. */
  part?: number
  words: string
}

export interface LegalityOptions<M> {
  provider: Provider
  /** How to read the messages; without one they are neutral. */
  lens?: Lens<M>
  /** What the messages were pruned from: then reasoning that may not change is compared with it. */
  original?: readonly M[]
}

/**
 * What the provider would refuse in these messages, in their order; nothing when they can be sent.
 *
 * @throws `PROVIDER_UNKNOWN`, `LENS_INVALID`, `MESSAGE_INVALID`, `CONTEXT_OPTIONS_INVALID`
 */
export function checkLegality<M = DefaultMessage>(
  messages: readonly M[],
  options: Provider | LegalityOptions<M>,
): Violation[] {
  const { provider, lens, original } = legalityOptions('the options of checkLegality', options, ['original'])
  const providers = providersOf(provider)
  const through = checkLens(lensOr(lens))
  const views = readMessages(through, messages)
  const subject: Subject = {
    views,
    pairing: pairCalls(views),
    within: through.results === 'within',
    places: views.map((_, at) => at),
  }
  const findings = rules.flatMap((rule) => refusals(rule, subject, providers))
  if (original) {
    const changed = changedReasoning(views, readMessages(through, original))
    findings.push(...changed.filter((one) => one.providers.some((name) => providers.includes(name))))
  }
  return findings.map((finding) => violationOf(finding, providers)).toSorted(byPlace)
}

/** A bare provider's name is as good as options. */
export function legalityOptions<M>(
  where: string,
  options: Provider | LegalityOptions<M>,
  more: readonly string[] = [],
): LegalityOptions<M> {
  if (typeof options === 'string') return { provider: options }
  refuseUnknown(where, options, ['provider', 'lens', ...more])
  return options
}

function violationOf({ rule, at, part, words, providers }: Finding, asked: readonly OneProvider[]): Violation {
  const violation: Violation = { rule, providers: providers.filter((name) => asked.includes(name)), at, words }
  if (part !== undefined) violation.part = part
  return violation
}

const byPlace = (a: Violation, b: Violation): number => a.at - b.at || (a.part ?? -1) - (b.part ?? -1)
