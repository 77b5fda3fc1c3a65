import type { PartEdit } from '@everthread/core/context'
import { type Fields, isToolPart, partsOf, type UIMessageLike, type UIPart } from '../messages/ui-message.ts'
import { uiSpotsOf } from './ui-spots.ts'

/** A copy of the message with parts changed, by their index in what {@link uiSpotsOf} gives. */
export function editUIMessage<M extends UIMessageLike>(message: M, edits: ReadonlyMap<number, PartEdit>): M {
  const parts = partsOf(message)
  const byPart = new Map<number, { call?: PartEdit; result?: PartEdit }>()
  for (const [index, { at, half }] of uiSpotsOf(message.role, parts).entries()) {
    const edit = edits.get(index)
    if (edit) byPart.set(at, { ...byPart.get(at), [half === 'result' ? 'result' : 'call']: edit })
  }
  const edited = parts.flatMap((part, at) => {
    const { call = {}, result = {} } = byPart.get(at) ?? {}
    return isToolPart(part) ? editToolPart(part, call, result) : editPart(part, call)
  })
  return { ...message, parts: edited }
}

function editPart(part: UIPart, { drop, text }: PartEdit): UIPart[] {
  if (drop) return []
  if (text === undefined) return [part]
  return [part.type === 'text' ? { ...part, text } : { type: 'text', text }]
}

function editToolPart(part: UIPart, call: PartEdit, result: PartEdit): UIPart[] {
  if (call.text !== undefined) return [{ type: 'text', text: call.text }]
  if (call.drop) return []
  const callId = call.callId ?? result.callId
  let edited = callId === undefined ? part : { ...part, toolCallId: callId }
  if (result.drop) edited = unanswered(edited)
  else if (result.text !== undefined) edited = withText(edited, result.text)
  if (call.answer !== undefined) edited = closed(edited, call.answer)
  return [edited]
}

function unanswered({
  output: _,
  errorText: __,
  preliminary: ___,
  resultProviderMetadata: ____,
  ...rest
}: UIPart): UIPart {
  return { ...rest, state: 'input-available' }
}

/** With another result. What was refused stays refused. */
function withText(part: UIPart, text: string): UIPart {
  if (part.state === 'output-error') return { ...part, errorText: text }
  if (part.state === 'output-denied') return { ...part, approval: { ...(part.approval as Fields), reason: text } }
  return { ...part, output: text }
}

/** A call that nothing has answered, ended with an error. An approval that nobody has given goes with it. */
export function closed(part: UIPart, errorText: string): UIPart {
  const { approval, ...rest } = part
  const given = (approval as { approved?: unknown } | undefined)?.approved
  if (given === false) return { ...rest, state: 'output-denied', approval } as UIPart
  const ended = { ...rest, state: 'output-error', errorText } as UIPart
  return given === true ? { ...ended, approval } : ended
}
