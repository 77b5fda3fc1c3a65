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
import fc from 'fast-check'
import { block } from './blocks.ts'
import { record, value } from './values.ts'

type Fields = Record<string, unknown>

const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const id = fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 12 }))

const content = fc.oneof({ weight: 3, arbitrary: text }, { weight: 2, arbitrary: fc.array(block, { maxLength: 4 }) })

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })

/** An argument that is given, given as undefined, or not given. */
function fields(known: Record<string, fc.Arbitrary<unknown>>, required: string[]): fc.Arbitrary<Fields> {
  return fc.record(known, { requiredKeys: required }).chain((given) =>
    fc.shuffledSubarray(Object.keys(given), { minLength: Object.keys(given).length }).map((order) => {
      return Object.fromEntries(order.map((key) => [key, given[key]]))
    }),
  )
}

const base = {
  content,
  id: maybe(id),
  name: maybe(text),
  additional_kwargs: record,
  response_metadata: fc.oneof(
    record,
    fc.record({ model_provider: fc.constantFrom('openai', 'anthropic'), output_version: fc.constant('v1') }),
  ),
}

const toolCall = fc.oneof(
  fields({ name: text, args: record, id, type: fc.constant('tool_call') }, ['name', 'args', 'id']),
  fields({ name: text, args: record, id: maybe(id), extra: value }, ['name', 'args']),
)
const invalidCall = fc.record({ name: maybe(text), args: maybe(text), id: maybe(id), error: maybe(text) })
const chunk = fc.record(
  {
    name: text,
    args: fc.constantFrom('{"a":1}', '{"a"', ''),
    id,
    index: fc.nat(3),
    type: fc.constant('tool_call_chunk'),
  },
  { requiredKeys: ['args', 'index'] },
)
const usage = fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat(), total_tokens: fc.nat() })

const ai = {
  ...base,
  tool_calls: fc.array(toolCall, { maxLength: 3 }),
  invalid_tool_calls: fc.array(invalidCall, { maxLength: 2 }),
  usage_metadata: maybe(usage),
}

const tool = {
  ...base,
  tool_call_id: id,
  status: maybe(fc.constantFrom('success', 'error')),
  artifact: maybe(value),
  metadata: maybe(record),
}

type Make = new (fields: never) => BaseMessage

const of = (Class: Make, given: fc.Arbitrary<Fields>): fc.Arbitrary<BaseMessage> =>
  given.map((args) => new Class(args as never))

/** Content blocks of version 1: the constructor takes them for the content, and adds what the tool calls lack. */
const standard = fields(
  {
    contentBlocks: fc.array(block, { maxLength: 3 }),
    id,
    tool_calls: fc.array(toolCall, { maxLength: 2 }),
    response_metadata: record,
  },
  ['contentBlocks'],
)

/** Every message class, by its name. */
export const messageClasses: Record<string, fc.Arbitrary<BaseMessage>> = {
  HumanMessage: fc.oneof(
    of(HumanMessage, fields({ ...base, example: fc.boolean() }, ['content'])),
    text.map((t) => new HumanMessage(t)),
  ),
  AIMessage: fc.oneof(
    of(AIMessage, fields(ai, ['content'])),
    of(AIMessage, standard),
    text.map((t) => new AIMessage(t)),
  ),
  SystemMessage: of(SystemMessage, fields(base, ['content'])),
  ToolMessage: of(ToolMessage, fields(tool, ['content', 'tool_call_id'])),
  FunctionMessage: of(FunctionMessage, fields({ ...base, name: text }, ['content', 'name'])),
  ChatMessage: of(
    ChatMessage,
    fields({ ...base, role: fc.oneof(text, fc.constantFrom('user', 'critic')) }, ['content', 'role']),
  ),
  RemoveMessage: of(RemoveMessage, fields({ id }, ['id'])),
  HumanMessageChunk: of(HumanMessageChunk, fields(base, ['content'])),
  AIMessageChunk: of(
    AIMessageChunk,
    fields({ ...ai, tool_call_chunks: fc.array(chunk, { maxLength: 2 }) }, ['content']),
  ),
  SystemMessageChunk: of(SystemMessageChunk, fields(base, ['content'])),
  ToolMessageChunk: of(ToolMessageChunk, fields(tool, ['content', 'tool_call_id'])),
  FunctionMessageChunk: of(FunctionMessageChunk, fields(base, ['content'])),
  ChatMessageChunk: of(ChatMessageChunk, fields({ ...base, role: text }, ['content', 'role'])),
}

type Edit = (message: BaseMessage, something: unknown) => void

/** Keys of objects within a message, to change something below the top. */
function firstRecord(message: BaseMessage): Fields {
  const { tool_calls: calls } = message as BaseMessage & { tool_calls?: { args: Fields }[] }
  return calls?.[0]?.args ?? message.additional_kwargs
}

/** What code does to a message after it was made. */
export const edits: Edit[] = [
  () => {},
  (message) => message._updateId('late'),
  (message) => {
    message.id = 'later'
  },
  (message, something) => {
    message.additional_kwargs.added = something
  },
  (message, something) => {
    firstRecord(message).changed = something
  },
  (message) => {
    message.content = 'edited'
  },
  (message) => {
    if (Array.isArray(message.content)) message.content.push({ type: 'text', text: 'more' })
  },
  (message) => {
    if (Array.isArray(message.content)) message.content.pop()
  },
  (message, something) => {
    Object.assign(message, { own: something })
  },
  (message) => {
    Reflect.deleteProperty(message, 'name')
  },
  (message) => {
    const { tool_calls: calls } = message as BaseMessage & { tool_calls?: unknown[] }
    calls?.push({ name: 'more', args: {}, id: 'more', type: 'tool_call' })
  },
  (message, something) => {
    message.lc_kwargs.late = something
  },
]

/** A message of any class, as it was made. */
export const anyMessage: fc.Arbitrary<BaseMessage> = fc.oneof(...Object.values(messageClasses))

/** The same, as it was made or edited in place. */
export const message: fc.Arbitrary<BaseMessage> = fc
  .tuple(anyMessage, fc.constantFrom(...edits), value)
  .map(([made, edit, something]) => {
    edit(made, something)
    return made
  })
