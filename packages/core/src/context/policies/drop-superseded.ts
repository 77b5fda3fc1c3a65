import { callable, invalid, refuseUnknown } from '../check-options.ts'
import type { DraftResult } from '../draft-results.ts'
import type { Policy } from '../policy.ts'
import { type ToolChoice, toolFilter } from '../tool-filter.ts'
import { clearOldest } from './clear-tool-results.ts'
import { allButNewest, sameCall } from './superseded.ts'

export interface DropSupersededOptions extends ToolChoice {
  /**
   * What a call is about: a later call with the same key makes the earlier result old. Undefined: the call is about
   * nothing that could change. Default: the tool with its arguments.
   */
  key?: (call: { tool: string; args: unknown }) => string | undefined
}

/**
 * Results that a later call has brought up to date go; they can be fetched again.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function dropSuperseded(options: DropSupersededOptions = {}): Policy {
  const name = 'dropSuperseded'
  refuseUnknown(name, options, ['key', 'only', 'except'])
  const { key, only, except } = options
  if (key !== undefined) callable(name, 'key', key)
  const chosen = toolFilter(name, options)
  const keyOf = ({ tool, args }: DraftResult): string | undefined => {
    const own = key ? key({ tool, args }) : sameCall({ tool, args })
    if (own === undefined || typeof own === 'string') return own
    throw invalid(name, `"key" gave ${String(own)}: it must give a text, or undefined`)
  }
  return {
    name,
    options: { ...(only && { only }), ...(except && { except }), key: key !== undefined },
    apply: (draft) => {
      // A failed call brings nothing up to date.
      const results = draft.results().filter(({ tool, failed }) => chosen(tool) && !failed)
      const older = allButNewest(results, keyOf)
      const placeholder = '[A later call brought this up to date]'
      clearOldest(draft, older, { limit: 0, placeholder, policy: name, reason: 'A later call superseded it' })
    },
  }
}
