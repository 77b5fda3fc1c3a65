import type { Draft } from './draft.ts'
import type { MessageView } from './lens.ts'
import { type CallSpot, pairCalls } from './pairing.ts'
import type { Unit } from './units.ts'

/**
 * How long the results of a tool matter. `pinned`: for ever. `refetchable`: they can be had again, so they go first.
 * `until-superseded`: until the tool is called again with the same arguments, and not before.
 */
export type ToolRetention = 'pinned' | 'refetchable' | 'until-superseded'

/** A tool's result that may be made smaller. */
export interface DraftResult {
  at: number
  /** Its index in the message as it now reads. */
  part: number
  unit: Unit
  tool: string
  args: unknown
  text: string
  tokens: number
  failed: boolean
  /** It is more than text, and cannot be shortened. */
  fixed: boolean
  retention?: ToolRetention
  /** How many assistant messages follow the one that called. */
  assistantsAfter: number
  /** Where its call stands. */
  call: { at: number; part: number }
}

/** The messages that are left. */
export interface Left {
  views: readonly MessageView[]
  /** Where they stand in the history. Undefined: where they stand here. */
  places?: readonly number[]
}

/** Results of a draft that a policy may touch. @param sizeOf What a part costs */
export function findResults(
  draft: Draft,
  { views, places }: Left,
  sizeOf: (at: number, part: number) => number,
): DraftResult[] {
  const { units, tools } = draft
  const placeOf = (index: number): number => (places ? (places[index] as number) : index)
  const found: DraftResult[] = []
  let assistants = 0
  let unit = 0
  let passed = 0
  const { calls } = pairCalls(views)
  for (let i = 0; i < calls.length; i++) {
    const { at: index, part: callPart, view: call, answer } = calls[i] as CallSpot
    for (; passed <= index; passed++) if ((views[passed] as MessageView).role === 'assistant') assistants++
    if (!answer || answer.view.providerExecuted) continue
    const at = placeOf(answer.at)
    const callAt = placeOf(index)
    while ((units[unit] as Unit).to <= callAt) unit++
    const retention = Object.hasOwn(tools, call.tool) ? tools[call.tool] : undefined
    if (retention === 'pinned' || draft.isPinned(at)) continue
    const { part } = answer
    const { text, failed = false, fixed = false } = answer.view
    const result: DraftResult = {
      at,
      part,
      unit: units[unit] as Unit,
      tool: call.tool,
      args: call.args,
      text,
      failed,
      fixed,
      tokens: sizeOf(at, part),
      // Up to the call, for now.
      assistantsAfter: assistants,
      call: { at: callAt, part: callPart },
    }
    if (retention) result.retention = retention
    found.push(result)
  }
  for (; passed < views.length; passed++) if ((views[passed] as MessageView).role === 'assistant') assistants++
  for (let i = 0; i < found.length; i++) {
    const result = found[i] as DraftResult
    result.assistantsAfter = assistants - result.assistantsAfter
  }
  return found
}
