import type { Draft } from './draft.ts'
import type { MessageView } from './lens.ts'
import { pairCalls } from './pairing.ts'
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

/** Results of a draft that a policy may touch. @param sizeOf What a part costs */
export function findResults(draft: Draft, length: number, sizeOf: (at: number, part: number) => number): DraftResult[] {
  const { units, tools } = draft
  const views: MessageView[] = []
  const places: number[] = []
  let assistantsAfter = 0
  for (let at = 0; at < length; at++) {
    const view = draft.view(at)
    if (!view) continue
    views.push(view)
    places.push(at)
    if (view.role === 'assistant') assistantsAfter++
  }
  const found: DraftResult[] = []
  let unit = 0
  let passed = 0
  for (const { at: index, part: callPart, view: call, answer } of pairCalls(views).calls) {
    for (; passed <= index; passed++) if ((views[passed] as MessageView).role === 'assistant') assistantsAfter--
    if (!answer || answer.view.providerExecuted) continue
    const at = places[answer.at] as number
    const callAt = places[index] as number
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
      assistantsAfter,
      call: { at: callAt, part: callPart },
    }
    if (retention) result.retention = retention
    found.push(result)
  }
  return found
}
