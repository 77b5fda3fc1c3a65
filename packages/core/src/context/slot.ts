import type { MadeMessage, MessageView, PartEdit, PartView } from './lens.ts'
import type { EditOrigin, PartChange } from './plan.ts'

/** A message on its way from the history into the context. Never changed: an edit gives a new one. */
export interface Slot {
  /** Its place in the history; of a made message, the place before which it stands. */
  readonly at: number
  /** As it reads now. */
  readonly view: MessageView
  /** Where each part of the view stands in the message itself. Undefined: where it stands in the view. */
  readonly places?: readonly number[]
  readonly changes?: readonly PartChange[]
  readonly made?: MadeMessage
  /** Of a made message: whether it takes the place of the one at `at`. */
  readonly replaces?: boolean
  /** Who made it. */
  readonly origin?: EditOrigin
  /** It joins the slot before it. */
  readonly joins?: EditOrigin
}

/** @param part Its index in the slot's view. */
export function changeSlot(slot: Slot, part: number, edit: PartEdit, origin: EditOrigin, handle?: string): Slot {
  if (slot.made) return remade(slot, slot.made, edit)
  const places = slot.places ?? slot.view.parts.map((_, i) => i)
  const own = places[part] as number
  const earlier = slot.changes?.find((one) => one.part === own)
  // A repair of what a policy did is part of what the policy did.
  const { policy, reason } = earlier && origin.policy === 'repair' ? earlier : origin
  const change: PartChange = { part: own, edit: edit.drop ? edit : { ...earlier?.edit, ...edit }, policy, reason }
  const named = earlier?.handle ?? handle
  if (named !== undefined) change.handle = named
  const changes = [...(slot.changes ?? []).filter((one) => one !== earlier), change]
  const kept = places.filter((_, i) => i !== part || !edit.drop)
  const parts = slot.view.parts.flatMap((view, i) => (i === part ? partAfter(view, edit) : [view]))
  // An answer adds a part to the view, which has no place in the message yet.
  if (edit.answer !== undefined) kept.splice(part + 1, 0, own)
  return { ...slot, view: { ...slot.view, parts }, places: kept, changes }
}

function partAfter(part: PartView, { drop, text, answer, callId }: PartEdit): PartView[] {
  if (drop) return []
  const named = callId === undefined ? part : ({ ...part, callId } as PartView)
  if (text !== undefined) return [textAfter(named, text)]
  if (answer === undefined || named.kind !== 'call') return [named]
  return [named, resultView(named.callId, named.tool, answer)]
}

function textAfter(part: PartView, text: string): PartView {
  if (part.kind !== 'result') return { kind: 'text', text }
  const { tokens: _tokens, fixed: _fixed, ...plain } = part
  return { ...plain, text }
}

function resultView(callId: string | undefined, tool: string, error: string): PartView {
  return { kind: 'result', text: error, tool, failed: true, ...(callId !== undefined && { callId }) }
}

export function madeSlot(at: number, made: MadeMessage, replaces: boolean, origin: EditOrigin): Slot {
  return { at, view: viewOfMade(made), made, replaces, origin }
}

/** Of what is asked of messages that we made, only ids change: their results follow their calls. */
function remade(slot: Slot, made: MadeMessage, edit: PartEdit): Slot {
  if (made.role !== 'tool' || edit.callId === undefined) return slot
  const renamed = { ...made, callId: edit.callId }
  return { ...slot, made: renamed, view: viewOfMade(renamed) }
}

function viewOfMade(made: MadeMessage): MessageView {
  if (made.role !== 'tool') return { role: made.role, id: made.id, parts: [{ kind: 'text', text: made.text }] }
  return { role: 'tool', id: made.id, parts: [resultView(made.callId, made.tool, made.error)] }
}
