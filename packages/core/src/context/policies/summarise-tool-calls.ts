import { refuseUnknown, whole } from '../check-options.ts'
import type { Draft } from '../draft.ts'
import type { DraftResult } from '../draft-results.ts'
import { resultText } from '../lenses/result-text.ts'
import type { Policy } from '../policy.ts'
import { keepEnds } from '../shorten.ts'
import { type ToolChoice, toolFilter } from '../tool-filter.ts'
import { dropReasoningOf } from './drop-reasoning.ts'

export interface SummariseToolCallsOptions extends ToolChoice {
  /** The calls of the last so many assistant messages stay whole. Default 3. */
  keepLast?: number
  /** Longer arguments are cut. Default 120 characters. */
  maxArgChars?: number
}

/**
 * Old calls with their results become one line each, which says whether they went well.
 *
 * @throws `CONTEXT_OPTIONS_INVALID`
 */
export function summariseToolCalls(options: SummariseToolCallsOptions = {}): Policy {
  const name = 'summariseToolCalls'
  refuseUnknown(name, options, ['keepLast', 'maxArgChars', 'only', 'except'])
  const { keepLast = 3, maxArgChars = 120 } = options
  whole(name, 'keepLast', keepLast, 0)
  whole(name, 'maxArgChars', maxArgChars, 20)
  const chosen = toolFilter(name, options)
  return {
    name,
    options: { ...options, keepLast, maxArgChars },
    apply: (draft) => {
      const old = draft.results().filter((result) => {
        const { assistantsAfter, tool, unit } = result
        return assistantsAfter >= keepLast && chosen(tool) && !unit.kept && loneResult(draft, result)
      })
      // From the last to the first, so that what goes leaves the places of the others alone.
      for (const result of old.toReversed()) summarise(draft, result, maxArgChars)
      for (const at of new Set(old.map(({ call }) => call.at))) dropLeadingThought(draft, at)
    },
  }
}

/** The result's message has nothing else in it, or holds the call too. */
function loneResult(draft: Draft, { at, call }: DraftResult): boolean {
  return at === call.at || draft.view(at)?.parts.length === 1
}

const origin = { policy: 'summariseToolCalls', reason: 'An old call, told in one line' }

function summarise(draft: Draft, { at, part, tool, args, failed, call }: DraftResult, maxArgChars: number): void {
  const given = resultText(args)
  const short = given.length > maxArgChars ? keepEnds(given, maxArgChars - 10, 5).replaceAll('\n', ' ') : given
  const handle = draft.handleOf(at, part)
  const line = `[Called ${tool}(${short}): ${failed ? 'Failed' : 'OK'}. Recall: ${handle}]`
  if (at === call.at) draft.change(at, part, { drop: true }, origin)
  else draft.removeMessage(at, origin)
  draft.change(call.at, call.part, { text: line }, origin)
}

/** What was thought before calls that are all gone would be refused: it led to them. */
function dropLeadingThought(draft: Draft, at: number): void {
  if (draft.view(at)?.parts.some(({ kind }) => kind === 'call')) return
  dropReasoningOf(draft, { from: at, to: at + 1, turn: 0, asks: false }, origin)
}
