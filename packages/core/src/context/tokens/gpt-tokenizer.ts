import { EverthreadError } from '../../errors.ts'

/** Encodings of OpenAI's models: `o200k_base` of GPT-4o and later, `cl100k_base` of GPT-4 and GPT-3.5. */
export type GptEncoding = 'o200k_base' | 'o200k_harmony' | 'cl100k_base' | 'p50k_base' | 'r50k_base'

interface Peer {
  countTokens(text: string, options: { disallowedSpecial: Set<string> }): number
}

const load: Record<GptEncoding, () => Promise<unknown>> = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  o200k_harmony: () => import('gpt-tokenizer/encoding/o200k_harmony'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
  p50k_base: () => import('gpt-tokenizer/encoding/p50k_base'),
  r50k_base: () => import('gpt-tokenizer/encoding/r50k_base'),
}

/** Text that looks like a special token counts as text. */
const asText = { disallowedSpecial: new Set<string>() }

/**
 * The exact counter of OpenAI's models, from the optional package `gpt-tokenizer`, loaded by this call: give it as
 * `tokenCounter`.
 *
 * @throws `ENCODING_UNKNOWN`, `PEER_MISSING`
 */
export async function gptTokenCounter(encoding: GptEncoding = 'o200k_base'): Promise<(text: string) => number> {
  if (!Object.hasOwn(load, encoding)) {
    throw new EverthreadError('ENCODING_UNKNOWN', `Give one of these encodings: ${Object.keys(load).join(', ')}`)
  }
  try {
    const { countTokens } = (await load[encoding]()) as Peer
    return (text) => countTokens(text, asText)
  } catch (cause) {
    const message = 'gptTokenCounter needs the package gpt-tokenizer: install it beside @everthread/core.'
    throw new EverthreadError('PEER_MISSING', message, { cause })
  }
}
