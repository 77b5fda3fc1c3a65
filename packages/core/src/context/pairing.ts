import type { CallView, MessageView, PartView, ResultView } from './lens.ts'

export interface CallSpot {
  at: number
  part: number
  view: CallView
  answer: ResultSpot | undefined
  /** Where the messages with its step's results end: one past the last. */
  end: number
}

export interface ResultSpot {
  at: number
  part: number
  view: ResultView
}

/** Which result answers which call. */
export interface Pairing {
  calls: CallSpot[]
  /** Results that answer no call of the assistant message before them. */
  orphans: ResultSpot[]
}

/** Never added to. */
const none: CallSpot[] = []

/** Pairs calls with the results that directly follow them, by id; those without ids by their order. */
export function pairCalls(views: readonly MessageView[]): Pairing {
  const pairing: Pairing = { calls: [], orphans: [] }
  let open = none
  for (let at = 0; at < views.length; at++) {
    const view = views[at] as MessageView
    const speaks = view.role === 'assistant'
    if (speaks) open = none
    for (let part = 0; part < view.parts.length; part++) {
      const found = view.parts[part] as PartView
      if (found.kind === 'call' && speaks) {
        const call: CallSpot = { at, part, view: found, answer: undefined, end: at + 1 }
        if (open === none) open = [call]
        else open.push(call)
        pairing.calls.push(call)
      } else if (found.kind === 'result') {
        const result = { at, part, view: found }
        const call = view.role === 'system' ? undefined : calledBy(found, open)
        if (call) call.answer = result
        else pairing.orphans.push(result)
      }
    }
    if (speaks) continue
    if (carriesResults(view)) for (const call of open) call.end = at + 1
    if (!onlyResults(view)) open = none
  }
  return pairing
}

function calledBy(result: ResultView, open: readonly CallSpot[]): CallSpot | undefined {
  for (const call of open) {
    if (!call.answer && (result.callId || undefined) === (call.view.callId || undefined)) return call
  }
  return undefined
}

/** Whether a message belongs to the step of the assistant message before it. */
export function carriesResults({ role, parts }: MessageView): boolean {
  return role === 'tool' || (role === 'user' && parts.some(({ kind }) => kind === 'result'))
}

function onlyResults({ role, parts }: MessageView): boolean {
  return role === 'tool' || (parts.length > 0 && parts.every(({ kind }) => kind === 'result'))
}
