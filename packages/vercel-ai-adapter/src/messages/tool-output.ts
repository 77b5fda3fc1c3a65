import type { Fields, UIPart } from './ui-message.ts'

/** What of a tool the conversion asks: how a model reads what it gave. */
export interface ToolLike {
  toModelOutput?: unknown
}

export type ToolsLike = Readonly<Record<string, ToolLike>>

/** How results are read. */
export interface Reading {
  tools: ToolsLike
  /** Calls whose results are not what the tool gave any more: its `toModelOutput` could not read them. */
  cut: ReadonlySet<unknown>
}

type ToModelOutput = (given: { toolCallId: unknown; input: unknown; output: unknown }) => unknown

/** What a tool gave, as a model message has it: by the tool's own `toModelOutput`, else as text or JSON. */
export async function toolOutput(part: UIPart, name: string, { tools, cut }: Reading): Promise<unknown> {
  const { toolCallId, input, output } = part
  const tool = Object.hasOwn(tools, name) && !cut.has(toolCallId) ? tools[name] : undefined
  if (typeof tool?.toModelOutput === 'function') {
    return (tool.toModelOutput as ToModelOutput)({ toolCallId, input, output })
  }
  return typeof output === 'string' ? { type: 'text', value: output } : { type: 'json', value: jsonOf(output) }
}

export function errorOutput({ errorText, providerExecuted }: UIPart): Fields {
  return { type: providerExecuted === true ? 'error-json' : 'error-text', value: errorText }
}

const jsonOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null')
