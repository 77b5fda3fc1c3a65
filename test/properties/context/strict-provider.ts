import type { NeutralMessage, Part } from '@everthread/core'

/**
 * What a strict server would say to a request, written without the engine's own rules: message by message, as the
 * servers do. Gives the first refusal, or undefined.
 */
export function refusal(
  messages: readonly NeutralMessage[],
  provider: 'openai' | 'anthropic' | 'gemini',
): string | undefined {
  const rest = messages.filter(({ role }) => role !== 'system')
  if (provider !== 'openai') {
    const systems = messages.length - rest.length
    if (messages.slice(0, systems).some(({ role }) => role !== 'system')) return 'system after others'
    if (rest.length > 0 && rest[0]?.role !== 'user') return 'first is not a user'
    const merging = provider === 'gemini' ? ['user', 'assistant'] : ['user']
    for (let i = 1; i < rest.length; i++) {
      const role = rest[i]?.role as string
      if (role === rest[i - 1]?.role && merging.includes(role)) return `two ${role}s in a row at ${i}`
    }
  }
  const seen = new Set<string>()
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as NeutralMessage
    if (!message.parts.some(isContent)) return `nothing in ${i}`
    if (message.parts.some((part) => part.type === 'tool_call_response' && part.response === ''))
      return `empty result ${i}`
    const calls = message.parts.filter((part) => part.type === 'tool_call')
    if (calls.length > 0 && message.role !== 'assistant') return `call of ${message.role} at ${i}`
    if (message.role !== 'assistant') continue
    const ids = calls.map(idOf)
    const named = ids.filter((id) => id !== '')
    if (new Set(named).size < named.length) return `an id twice in ${i}`
    if (provider === 'anthropic' && named.some((id) => seen.has(id))) return `an id again in ${i}`
    for (const id of named) seen.add(id)
    if (message.parts.at(-1)?.type === 'reasoning' && messages[i + 1]?.role !== 'assistant')
      return `reasoning ends ${i}`
    const end = resultsEnd(messages, i)
    const results = messages
      .slice(i + 1, end)
      .flatMap(responses)
      .map(idOf)
    const owed = calls.filter((part) => !(end === messages.length && 'approval' in part)).map(idOf)
    const extra = calls.length - owed.length
    if (owed.toSorted().join() !== results.toSorted().join() && extra === 0)
      return `calls ${owed} got ${results} at ${i}`
    i = end - 1
  }
  const answered = messages.flatMap((message, i) => (responses(message).length > 0 ? [i] : []))
  const orphan = answered.find((i) => !follows(messages, i))
  return orphan === undefined ? undefined : `result without call at ${orphan}`
}

function follows(messages: readonly NeutralMessage[], at: number): boolean {
  let i = at
  while (i > 0 && responses(messages[i] as NeutralMessage).length > 0) i--
  const before = messages[i] as NeutralMessage
  return before.role === 'assistant' && before.parts.some(({ type }) => type === 'tool_call')
}

function resultsEnd(messages: readonly NeutralMessage[], at: number): number {
  let end = at + 1
  while (end < messages.length && responses(messages[end] as NeutralMessage).length > 0) end++
  return end
}

const responses = ({ parts }: NeutralMessage): Part[] => parts.filter(({ type }) => type === 'tool_call_response')
const idOf = (part: Part): string => ('id' in part && typeof part.id === 'string' ? part.id : '')

function isContent(part: Part): boolean {
  if (part.type === 'text') return String(part.content).trim() !== ''
  return part.type !== 'reasoning' && part.type !== 'redacted_thinking'
}
