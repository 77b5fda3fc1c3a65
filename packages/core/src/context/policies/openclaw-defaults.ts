import { invalid, positive, refuseUnknown } from '../check-options.ts'
import type { Policies } from '../policy.ts'
import { CACHE_TTL, cacheAware } from './cache-aware.ts'
import { clearToolResults, PLACEHOLDER } from './clear-tool-results.ts'
import { trimToolResults } from './trim-tool-results.ts'

export interface OpenclawOptions {
  /** When pruning may happen at all. Default `cache-ttl`. */
  mode?: 'off' | 'cache-ttl' | 'always'
  /** Milliseconds without a request after which the cache counts as expired. Default 5 minutes. */
  ttl?: number
  /** The results of the last so many assistant messages stay. Default 3. */
  keepLast?: number
  /** Above this share of the window, long results are trimmed. Default 0.3. */
  softTrimRatio?: number
  /** Above this share of the window, old results are cleared. Default 0.5. */
  hardClearRatio?: number
  /** Clear only when at least so many characters can go. Default 50,000. */
  minToolChars?: number
  /** Whether `minToolChars` is asked of all of them together, or of each result. Default `total`. */
  minToolCharsOf?: 'total' | 'result'
  /** Results of more characters are trimmed. Default 4,000. */
  maxChars?: number
  /** Characters kept of the beginning. Default 1,500. */
  head?: number
  /** Characters kept of the end. Default 1,500. */
  tail?: number
  /** Whether a trim keeps `head` and `tail`, or `keepShare`. Default `chars`. */
  keep?: 'chars' | 'share'
  /** The share of a result that a trim keeps, when `keep` is `share`. Default 0.3. */
  keepShare?: number
  /** Whether results are cleared at all. Default true. */
  hardClear?: boolean
  /** Default `[Content cleared]`. */
  placeholder?: string
  /** Only results of these tools; `*` stands for any characters. */
  allow?: readonly string[]
  /** Never results of these. */
  deny?: readonly string[]
}

const known = [
  ...['mode', 'ttl', 'keepLast', 'softTrimRatio', 'hardClearRatio', 'minToolChars', 'minToolCharsOf', 'maxChars'],
  ...['head', 'tail', 'keep', 'keepShare', 'hardClear', 'placeholder', 'allow', 'deny'],
]

/**
 * openclaw's pruning of tool results, with the numbers of its documentation (2026): after five idle minutes, above 30%
 * of the window long results are trimmed, above 50% old ones are cleared. Needs prune's `window`.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function openclawDefaults(options: OpenclawOptions = {}): Policies {
  const name = 'openclawDefaults'
  refuseUnknown(name, options, known)
  const { mode = 'cache-ttl', ttl = CACHE_TTL, keepLast = 3, softTrimRatio = 0.3, hardClearRatio = 0.5 } = options
  const { minToolChars = 50_000, minToolCharsOf = 'total', maxChars = 4_000, head = 1_500, tail = 1_500 } = options
  const { keep = 'chars', keepShare = 0.3, hardClear = true, placeholder = PLACEHOLDER, allow, deny } = options
  positive(name, 'softTrimRatio', softTrimRatio, 1)
  positive(name, 'hardClearRatio', hardClearRatio, 1)
  if (typeof hardClear !== 'boolean') throw invalid(name, '"hardClear" must be true or false')
  if (keep !== 'chars' && keep !== 'share') throw invalid(name, '"keep" is "chars" or "share"')
  const tools = { ...(allow && { only: allow }), ...(deny && { except: deny }) }
  const ends = keep === 'share' ? { keepShare } : { head, tail }
  const trim = trimToolResults({ ...tools, ...ends, maxChars, keepLast, above: softTrimRatio })
  const clear = clearToolResults({
    ...{ ...tools, keepLast, above: hardClearRatio, placeholder },
    ...{ minChars: minToolChars, minCharsOf: minToolCharsOf },
  })
  return [cacheAware({ mode, ttl }), trim, ...(hardClear ? [clear] : [])]
}
