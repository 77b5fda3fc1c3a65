import type { Part } from '@everthread/core'
import { denialOf, dynamicOf, type Fields, isAnswered, toolNameOf, toolType, type UIPart } from './ui-message.ts'

/** Fields of a tool part that belong to its result. */
const ofResult = ['output', 'errorText', 'resultProviderMetadata', 'preliminary']

const states: Record<string, string> = { error: 'output-error', denied: 'output-denied' }

/** A tool part as a call, and a response when the tool has given something. */
export function splitToolPart(part: UIPart): { call: Part; response?: Part } {
  const { type: _, toolName: __, toolCallId: id, state, input, dynamic: ___, ...rest } = part
  const name = toolNameOf(part)
  const dynamic = dynamicOf(part)
  const call: Fields = { type: 'tool_call', id, name }
  if ('input' in part) call.arguments = input
  if (dynamic !== undefined) call.dynamic = dynamic
  if (state === 'input-streaming') call.state = state
  for (const [field, value] of Object.entries(rest)) if (!ofResult.includes(field)) call[field] = value
  return isAnswered(part) ? { call: call as Part, response: responseOf(part) } : { call: call as Part }
}

function responseOf(part: UIPart): Part {
  const { toolCallId: id, state, output, errorText, providerExecuted, resultProviderMetadata, preliminary } = part
  const response: Fields = { type: 'tool_call_response', id }
  if (state === 'output-error') Object.assign(response, { response: errorText, status: 'error' })
  else if (state === 'output-denied') Object.assign(response, { response: denialOf(part), status: 'denied' })
  else if ('output' in part) response.response = output
  if (providerExecuted === true) response.providerExecuted = true
  if (resultProviderMetadata !== undefined) response.resultProviderMetadata = resultProviderMetadata
  if (preliminary !== undefined) response.preliminary = preliminary
  return response as Part
}

/** The tool part that a call is, so far without its response. */
export function partOfCall(call: Part): UIPart {
  const { type: _, id, name, arguments: input, dynamic, state, ...rest } = call as Fields
  const part: Fields = { ...toolType(typeof name === 'string' ? name : '', dynamic), toolCallId: id ?? '' }
  part.state = state ?? stateOfCall(rest)
  if ('arguments' in call) part.input = input
  return { ...part, ...rest } as UIPart
}

function stateOfCall({ approval }: Fields): string {
  if (typeof approval !== 'object' || approval === null) return 'input-available'
  return 'approved' in approval ? 'approval-responded' : 'approval-requested'
}

/** The same part with what the tool gave. */
export function withResponse(part: UIPart, response: Part): UIPart {
  const { response: value, status, resultProviderMetadata, preliminary } = response as Fields
  const state = (typeof status === 'string' && states[status]) || 'output-available'
  const answered: UIPart = { ...part, state }
  if (state === 'output-error') answered.errorText = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  else if (state === 'output-available' && 'response' in response) answered.output = value
  if (resultProviderMetadata !== undefined) answered.resultProviderMetadata = resultProviderMetadata
  if (preliminary !== undefined) answered.preliminary = preliminary
  return answered
}
