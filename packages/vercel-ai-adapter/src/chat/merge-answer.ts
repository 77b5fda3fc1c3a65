import type { PlainUIMessage } from '../messages/from-neutral.ts'
import type { ToolsLike } from '../messages/tool-output.ts'
import {
  type Fields,
  isAnswered,
  isToolPart,
  partsOf,
  toolNameOf,
  type UIMessageLike,
  type UIPart,
} from '../messages/ui-message.ts'
import { refused } from './incoming.ts'
import { isSame } from './plain.ts'

/**
 * The stored answer with what a client may add to it: approvals that were asked for, and results of tools that run at
 * the client. Undefined when it adds nothing.
 *
 * @throws `CHAT_MESSAGE_REFUSED` when it says anything else of a tool than what is stored
 */
export function mergedAnswer(
  stored: PlainUIMessage,
  sent: UIMessageLike,
  tools: ToolsLike | undefined,
): PlainUIMessage | undefined {
  const claims = new Map(
    partsOf(sent)
      .filter(isToolPart)
      .map((part) => [part.toolCallId, part]),
  )
  for (const [id, part] of claims) {
    if (!stored.parts.some((one) => isToolPart(one) && one.toolCallId === id)) throw forged(part, 'made no such call')
  }
  const parts = stored.parts.map((part) => {
    const claim = isToolPart(part) ? claims.get(part.toolCallId) : undefined
    return claim ? mergedPart(part, claim, tools) : part
  })
  return parts.every((part, at) => part === stored.parts[at]) ? undefined : { ...stored, parts }
}

function mergedPart(stored: UIPart, claim: UIPart, tools: ToolsLike | undefined): UIPart {
  if (claim.type !== stored.type || toolNameOf(claim) !== toolNameOf(stored)) throw forged(claim, 'called another tool')
  if (claim.state === stored.state || (isBehind(claim) && claim.state !== 'input-streaming'))
    return unchanged(stored, claim)
  if (!isSame(claim.input, stored.input)) throw forged(claim, 'called it with another input')
  if (stored.state === 'approval-requested' && claim.state === 'approval-responded') return decided(stored, claim)
  const gives = claim.state === 'output-available' || claim.state === 'output-error'
  if (stored.state === 'input-available' && gives && runsAtClient(stored, tools)) return given(stored, claim)
  throw forged(claim, `left it as ${stored.state}`)
}

/** Whether the claim is of an earlier state than a result: a client that has not seen it yet. */
const isBehind = (claim: UIPart): boolean => !isAnswered(claim) && claim.state !== 'approval-responded'

function unchanged(stored: UIPart, claim: UIPart): UIPart {
  if (isAnswered(claim) && (!isSame(claim.output, stored.output) || claim.errorText !== stored.errorText)) {
    throw forged(claim, 'gave another result')
  }
  return stored
}

function decided(stored: UIPart, claim: UIPart): UIPart {
  const asked = stored.approval as Fields
  const { id, approved, reason } = (claim.approval ?? {}) as Fields
  if (id !== asked.id || typeof approved !== 'boolean') throw forged(claim, 'asked for another approval')
  const about = typeof reason === 'string' ? { reason } : {}
  return { ...stored, state: 'approval-responded', approval: { ...asked, approved, ...about } }
}

function runsAtClient(stored: UIPart, tools: ToolsLike | undefined): boolean {
  if (stored.providerExecuted === true) return false
  if (!tools) return true
  const name = toolNameOf(stored)
  const tool = Object.hasOwn(tools, name) ? (tools[name] as { execute?: unknown }) : undefined
  return tool !== undefined && tool.execute === undefined
}

function given(stored: UIPart, { state, output, errorText }: UIPart): UIPart {
  if (state === 'output-error') return { ...stored, state, errorText: String(errorText) }
  return { ...stored, state: 'output-available', output }
}

const forged = (part: UIPart, problem: string) =>
  refused(
    'CHAT_MESSAGE_REFUSED',
    `Load the chat again: what is sent of the tool "${toolNameOf(part).slice(0, 60)}" is not what was stored, which ${problem}`,
  )
