import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  ChatMessage,
  ChatMessageChunk,
  FunctionMessage,
  FunctionMessageChunk,
  HumanMessage,
  HumanMessageChunk,
  RemoveMessage,
  SystemMessage,
  SystemMessageChunk,
  ToolMessage,
  ToolMessageChunk,
} from '@langchain/core/messages'

/** A message class that may be made from stored data. Nothing outside the table below ever is. */
export interface MessageClass {
  name: string
  /** The neutral role; of a chat message, its own role stands there. */
  role: string
  /** How the parts stand for the content: as its blocks, with tool calls beside them, or as one tool's response. */
  shape: 'content' | 'calls' | 'response'
  /** The keys of `lc_kwargs` that need no mention, in the letters of lc-kwargs.ts: bare, with id, name, both. */
  keys: [string, string, string, string]
  make(): BaseMessage
  /** What `make` sets: fields that still hold this are not stored. */
  blank: Record<string, unknown>
}

type Fields = Record<string, unknown>

function row(
  name: string,
  role: string,
  shape: MessageClass['shape'],
  keys: string,
  make: () => BaseMessage,
): MessageClass {
  const without = (letters: RegExp): string => keys.replace(letters, '')
  const variants: MessageClass['keys'] = [without(/[ni]/g), without(/n/), without(/i/), keys]
  return { name, role, shape, keys: variants, make, blank: { ...make() } as unknown as Fields }
}

const rows: MessageClass[] = [
  row('HumanMessage', 'user', 'content', 'cnari', () => new HumanMessage({ content: '' })),
  row('AIMessage', 'assistant', 'calls', 'cntvari', () => new AIMessage({ content: '' })),
  row('SystemMessage', 'system', 'content', 'cnari', () => new SystemMessage({ content: '' })),
  row('ToolMessage', 'tool', 'response', 'cdnari', () => new ToolMessage({ content: '', tool_call_id: '' })),
  row('ChatMessage', '', 'content', 'cnoari', () => new ChatMessage({ content: '', role: '' })),
  row('FunctionMessage', 'function', 'response', 'cnari', () => new FunctionMessage({ content: '', name: '' })),
  row('RemoveMessage', 'remove', 'content', 'cnari', () => new RemoveMessage({ id: '' })),
  row('HumanMessageChunk', 'user', 'content', 'cnari', () => new HumanMessageChunk({ content: '' })),
  row('AIMessageChunk', 'assistant', 'calls', 'cnarhtivU', () => new AIMessageChunk({ content: '' })),
  row('SystemMessageChunk', 'system', 'content', 'cnari', () => new SystemMessageChunk({ content: '' })),
  row('ToolMessageChunk', 'tool', 'response', 'cdnari', () => new ToolMessageChunk({ content: '', tool_call_id: '' })),
  row('ChatMessageChunk', '', 'content', 'cnoari', () => new ChatMessageChunk({ content: '', role: '' })),
  row(
    'FunctionMessageChunk',
    'function',
    'response',
    'cnari',
    () => new FunctionMessageChunk({ content: '', name: '' }),
  ),
]

const byName = new Map(rows.map((entry) => [entry.name, entry]))
const byPrototype = new Map(rows.map((entry) => [Object.getPrototypeOf(entry.make()), entry]))

const namesByType: Record<string, string> = {
  human: 'HumanMessage',
  ai: 'AIMessage',
  system: 'SystemMessage',
  tool: 'ToolMessage',
  function: 'FunctionMessage',
  remove: 'RemoveMessage',
}

const namesByRole: Record<string, string> = {
  user: 'HumanMessage',
  human: 'HumanMessage',
  assistant: 'AIMessage',
  ai: 'AIMessage',
  model: 'AIMessage',
  system: 'SystemMessage',
  developer: 'SystemMessage',
  tool: 'ToolMessage',
  function: 'FunctionMessage',
  remove: 'RemoveMessage',
}

const find = (name: string): MessageClass => byName.get(name) ?? (byName.get('ChatMessage') as MessageClass)

export function classNamed(name: unknown): MessageClass | undefined {
  return typeof name === 'string' ? byName.get(name) : undefined
}

/** The class of a message that says no more than its role. */
export function classOfRole(role: string): MessageClass {
  return find(Object.hasOwn(namesByRole, role) ? (namesByRole[role] as string) : 'ChatMessage')
}

/** Of a message from another install, or of a class of the user's own: the class here that it is, or extends. */
export function classOf(message: BaseMessage): MessageClass {
  const known = byPrototype.get(Object.getPrototypeOf(message))
  if (known) return known
  for (let proto: unknown = Object.getPrototypeOf(message); proto; proto = Object.getPrototypeOf(proto)) {
    const { constructor: made } = proto as { constructor?: { lc_name?: unknown } }
    const named = typeof made?.lc_name === 'function' ? byName.get(made.lc_name()) : undefined
    if (named) return named
  }
  const type = message._getType()
  return find(Object.hasOwn(namesByType, type) ? (namesByType[type] as string) : 'ChatMessage')
}

const marker = Symbol.for('langchain.message')

/** Whether the value is a message, of whichever install of LangChain. */
export function isMessage(value: unknown): value is BaseMessage {
  if (typeof value !== 'object' || value === null) return false
  const { lc_kwargs, _getType } = value as { lc_kwargs?: unknown; _getType?: unknown }
  if (typeof lc_kwargs !== 'object' || lc_kwargs === null) return false
  return (value as Record<symbol, unknown>)[marker] === true || typeof _getType === 'function'
}
