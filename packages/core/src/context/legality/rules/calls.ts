import type { MadeMessage, MessageView, PartView } from '../../lens.ts'
import type { CallSpot } from '../../pairing.ts'
import type { Finding, Fix, Rule, Subject } from '../rule.ts'

const everyone = ['openai', 'anthropic', 'gemini'] as const

/** What a call that was never answered is told. */
const MISSING = 'Error: this call was interrupted and gave no result.'

/** A call is answered right after the message that makes it: providers refuse calls without results. */
export const callWithoutResult: Rule = ({ views, pairing, within, places }) => {
  const findings: Finding[] = []
  for (const call of pairing.calls) {
    const { at, part, view, end } = call
    if (call.answer || mayWait(call, views)) continue
    const named = `The call of ${view.tool || 'a tool'}${view.callId ? ` (${view.callId})` : ''}`
    const finding = { rule: 'call-without-result' as const, at, part, providers: everyone }
    if (view.providerExecuted) {
      // Nobody but the provider can make this result, so the call goes. Others than Anthropic need none.
      const fixes: Fix[] = [{ do: 'change', at, part, edit: { drop: true } }]
      findings.push({
        ...finding,
        providers: ['anthropic'],
        words: `${named} ran at the provider without result`,
        fixes,
      })
      continue
    }
    const message: MadeMessage = { id: `missing-${places[at]}-${part}`, role: 'tool', tool: view.tool, error: MISSING }
    if (view.callId) message.callId = view.callId
    const fix: Fix = within
      ? { do: 'change', at, part, edit: { answer: MISSING } }
      : { do: 'insert', before: end, message }
    findings.push({ ...finding, words: `${named} has no result right after it`, fixes: [fix] })
  }
  return findings
}

/** Nothing is sent while an approval is open, or a provider has paused in its own tool: such a call may come last. */
function mayWait({ view, end }: CallSpot, views: readonly MessageView[]): boolean {
  return (view.pending === true || view.providerExecuted === true) && end === views.length
}

/** A result answers a call of the assistant message before it, once. */
export const resultWithoutCall: Rule = ({ views, pairing, places }) => {
  const findings: Finding[] = []
  const orphans = new Map<number, Set<number>>()
  for (const { at, part, view } of pairing.orphans) {
    const parts = orphans.get(at) ?? new Set()
    orphans.set(at, parts.add(part))
    const named = `The result${view.callId ? ` of ${view.callId}` : ''}`
    findings.push({
      ...{ rule: 'result-without-call', providers: everyone, at, part, fixes: [] },
      words: `${named} has no unanswered call in the assistant message before it`,
    })
  }
  for (const [at, parts] of orphans) {
    const finding = findings.find((one) => one.at === at)
    const view = views[at] as MessageView
    const whole = parts.size === view.parts.length || view.role === 'tool'
    if (whole) finding?.fixes.push(removal(at, view, places))
    else for (const part of parts) finding?.fixes.push({ do: 'change', at, part, edit: { drop: true } })
  }
  for (const [at, view] of views.entries()) {
    if (view.role !== 'tool' || view.parts.some(answersSomething)) continue
    const words = 'A tool message without a result'
    findings.push({ rule: 'result-without-call', providers: everyone, at, words, fixes: [removal(at, view, places)] })
  }
  return findings
}

/** A result; or what some formats answer an approval by, which the lens passes through. */
function answersSomething({ kind, text }: PartView): boolean {
  return kind === 'result' || (kind === 'other' && text !== '')
}

/** What is pinned stays readable, as a text. */
function removal(at: number, view: MessageView, places: readonly number[]): Fix {
  const text = view.parts.map((part) => part.text).join('\n')
  if (!view.pinned || text.trim() === '') return { do: 'remove', at }
  return { do: 'replace', at, message: { id: `kept-${places[at]}`, role: 'user', text: `[Tool result] ${text}` } }
}

/** Only an assistant calls tools. */
export const callOutsideAssistant: Rule = ({ views }) => {
  const findings: Finding[] = []
  for (const [at, { role, parts }] of views.entries()) {
    if (role === 'assistant') continue
    for (const [part, { kind }] of parts.entries()) {
      if (kind !== 'call') continue
      const fixes: Fix[] = [{ do: 'change', at, part, edit: { drop: true } }]
      findings.push({
        ...{ rule: 'call-outside-assistant', providers: everyone, at, part, fixes },
        words: `A ${role} message cannot call tools`,
      })
    }
  }
  return findings
}

/**
 * Ids are unique within a message, for Gemini within assistant messages in a row, which become one, and for Anthropic in
 * the whole request.
 */
export const duplicateCallId: Rule = ({ views, pairing, before }: Subject) => {
  const findings: Finding[] = []
  const seen = new Map<string, number>()
  const taken = new Set(pairing.calls.map(({ view }) => view.callId))
  for (const { at, part, view, answer } of pairing.calls) {
    const { callId } = view
    if (!callId) continue
    const first = seen.get(callId)
    seen.set(callId, at)
    if (first === undefined && !before?.callIds.has(callId)) continue
    let fresh = ''
    for (let n = 2; fresh === '' || taken.has(fresh) || before?.callIds.has(fresh); n++) fresh = `${callId}-${n}`
    taken.add(fresh)
    const edit = { callId: fresh }
    const fixes: Fix[] = [{ do: 'change', at, part, edit }]
    if (answer) fixes.push({ do: 'change', at: answer.at, part: answer.part, edit })
    findings.push({
      ...{ rule: 'duplicate-call-id', at, part, fixes },
      providers: first === at ? everyone : inARow(views, first, at) ? ['anthropic', 'gemini'] : ['anthropic'],
      words: `The id ${callId} names another call too`,
    })
  }
  return findings
}

function inARow(views: readonly MessageView[], first: number | undefined, at: number): boolean {
  return first !== undefined && views.slice(first, at).every(({ role }) => role === 'assistant')
}
