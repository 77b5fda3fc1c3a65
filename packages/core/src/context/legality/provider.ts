import { EverthreadError } from '../../errors.ts'

const all = ['openai', 'anthropic', 'gemini'] as const

/** OpenAI (chat completions and responses), Anthropic, Google Gemini, each with those who speak its protocol. */
export type OneProvider = (typeof all)[number]

/** One, or `any`: what every one of them takes. */
export type Provider = OneProvider | 'any'

/** @throws `PROVIDER_UNKNOWN` */
export function providersOf(provider: Provider): readonly OneProvider[] {
  if (provider === 'any') return all
  const known = all.find((name) => name === provider)
  if (known) return [known]
  throw new EverthreadError('PROVIDER_UNKNOWN', `Choose a provider of ${all.join(', ')} or any: there is no other`)
}
