import { isDeepStrictEqual } from 'node:util'
import { isPart, type Part, type ToolCallPart } from '@everthread/core'

type Call = Record<string, unknown>

/** A letter for each key of a tool call, in the order in which its keys stand. */
const letters: Record<string, string> = { name: 'n', args: 'a', id: 'i', type: 't' }

/** How tool calls are written when nothing else is said. */
export const USUAL_CALLS = 'nait'

/** The order of keys that all calls share, or undefined when they need to be stored as they are. */
export function shapeOfCalls(calls: readonly unknown[]): string | undefined {
  let shape: string | undefined
  for (const call of calls) {
    const own = shapeOfCall(call)
    if (own === undefined || (shape !== undefined && own !== shape)) return undefined
    shape = own
  }
  return shape ?? USUAL_CALLS
}

function shapeOfCall(call: unknown): string | undefined {
  if (typeof call !== 'object' || call === null) return undefined
  let shape = ''
  for (const key of Object.keys(call)) {
    if (!Object.hasOwn(letters, key)) return undefined
    shape += letters[key]
  }
  const { name, args, id, type } = call as Call
  if (typeof name !== 'string' || args == null) return undefined
  if (shape.includes('t') && type !== 'tool_call') return undefined
  return shape.includes('i') && typeof id !== 'string' ? undefined : shape
}

/** As well as it can be, so that a process without LangChain reads the call; undefined when it is none at all. */
function partOfCall(call: unknown): ToolCallPart | undefined {
  if (typeof call !== 'object' || call === null) return undefined
  const { name, args, id } = call as Call
  if (typeof name !== 'string') return undefined
  const part: ToolCallPart = { type: 'tool_call', name, arguments: args }
  if (typeof id === 'string') part.id = id
  return part
}

export function callOfPart(part: ToolCallPart, shape: string): Call {
  if (shape === USUAL_CALLS)
    return { name: part.name, args: part.arguments ?? {}, id: part.id ?? undefined, type: 'tool_call' }
  const call: Call = {}
  for (const letter of shape) {
    if (letter === 'n') call.name = part.name
    else if (letter === 'a') call.args = part.arguments
    else if (letter === 'i') call.id = part.id
    else call.type = 'tool_call'
  }
  return call
}

/**
 * The parts that tool calls add to those of the content. Providers may name a call in both: then the content's part
 * stands for it, if it says the same.
 *
 * @returns `exact` says whether the calls can be told from the parts again
 */
export function partsOfCalls(calls: readonly unknown[], content: readonly Part[]): { parts: Part[]; exact: boolean } {
  const named = content.filter((part) => isPart(part, 'tool_call'))
  const parts = calls.map(partOfCall)
  const mirrored = named.length <= parts.length && named.every((part, i) => sameCall(part, parts[i]))
  if (mirrored) {
    const added = parts.slice(named.length)
    return { parts: added.filter((part) => part !== undefined), exact: !added.includes(undefined) }
  }
  const ids = new Set(named.map((part) => part.id))
  return { parts: parts.filter((part) => part !== undefined && !ids.has(part.id)) as Part[], exact: false }
}

function sameCall(part: ToolCallPart, call: ToolCallPart | undefined): boolean {
  return call?.id === part.id && call?.name === part.name && isDeepStrictEqual(part.arguments, call?.arguments)
}
