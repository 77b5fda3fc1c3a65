import { invalid, positive, refuseUnknown } from '../check-options.ts'
import type { Policy } from '../policy.ts'

export interface CacheAwareOptions {
  /** How long the provider keeps a prompt in its cache, in milliseconds. Default 5 minutes. */
  ttl?: number
  /** `off`: never. `cache-ttl`: only when the cache has expired, so nothing is lost by it. `always`. */
  mode?: 'off' | 'cache-ttl' | 'always'
}

/** Anthropic's prompt cache, and openclaw's default. */
export const CACHE_TTL = 300_000

/**
 * Lets the policies after it work only when they cost no cached prompt. The cache's age is taken from the plan before,
 * else from the newest message's time, against `now`.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function cacheAware(options: CacheAwareOptions = {}): Policy {
  const name = 'cacheAware'
  refuseUnknown(name, options, ['ttl', 'mode'])
  const { ttl = CACHE_TTL, mode = 'cache-ttl' } = options
  positive(name, 'ttl', ttl)
  if (!['off', 'cache-ttl', 'always'].includes(mode)) {
    throw invalid(name, '"mode" is "off", "cache-ttl" or "always"')
  }
  return {
    name,
    options: { ttl, mode },
    apply: (draft) => {
      if (mode === 'off' || (mode === 'cache-ttl' && draft.idle() <= ttl)) draft.done = true
    },
  }
}
