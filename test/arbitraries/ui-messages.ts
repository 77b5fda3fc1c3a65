import type { UIMessageLike } from '@everthread/vercel-ai-adapter'
import fc from 'fast-check'

type Part = UIMessageLike['parts'][number]

const word = fc.constantFrom('', 'Hello', 'a longer text with words', '天気', '{"a":1}')
const json = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => (value === undefined ? null : JSON.parse(JSON.stringify(value))))
const metadata = fc.constantFrom({ openai: { itemId: 'rs_1' } }, { anthropic: { signature: 'c2ln' } }, { other: {} })
const optional = <T>(name: string, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.option(value, { nil: undefined }).map((some): Record<string, T> => (some === undefined ? {} : { [name]: some }))

function part(fields: object, ...more: fc.Arbitrary<object>[]): fc.Arbitrary<Part> {
  return fc.tuple(...more).map((given) => Object.assign({}, fields, ...given) as Part)
}

const providerMetadata = optional('providerMetadata', metadata)
const state = optional('state', fc.constantFrom('streaming', 'done'))
const url = fc.constantFrom('https://example.com/a.png', 'data:image/png;base64,iVBORw0KGgo=', 'data:text/plain,hello')
const file = part(
  { type: 'file' },
  url.map((at) => ({ url: at })),
  optional('filename', fc.constant('a.png')),
  providerMetadata,
  fc.constantFrom({ mediaType: 'image/png' }, { mediaType: 'text/plain' }),
)
const text = part(
  { type: 'text' },
  word.map((of) => ({ text: of })),
  state,
  providerMetadata,
)
const data = part({ type: 'data-note', data: { a: 1 } }, optional('id', fc.constant('n1')))

const common = [
  text,
  part(
    { type: 'reasoning' },
    word.map((of) => ({ text: of })),
    state,
    providerMetadata,
  ),
  file,
  part({ type: 'source-url', sourceId: 's1', url: 'https://example.com' }, optional('title', word), providerMetadata),
  part({ type: 'source-document', sourceId: 's2', mediaType: 'text/plain', title: 'T' }, providerMetadata),
  data,
  part({ type: 'step-start' }),
]

/** Parts that only `ai` 7 knows. */
const ofSeven = [
  part({ type: 'custom', kind: 'openai.computer' }, providerMetadata),
  part({ type: 'reasoning-file', mediaType: 'image/png', url: 'https://example.com/r.png' }, providerMetadata),
  part({ type: 'steering-message', id: 'st', parts: [{ type: 'text', text: 'Rather in French' }] }),
]

/** What no version of `ai` knows yet. */
const ofLater = [
  part({ type: 'hologram', depth: 3 }),
  part({ type: 'redacted_thinking', data: 'x' }),
  part({ type: 'text', text: 'a', content: 'b' }),
]

const TOOL_STATES = [
  'input-streaming',
  'input-available',
  'approval-requested',
  'approval-responded',
  'output-available',
  'output-error',
  'output-denied',
] as const

const input = fc.constantFrom({ q: 'weather' }, {}, { q: '天気', deep: { n: [1, 2, null] } })

/** A part of a tool in every state, with an id of its own. */
const tool = fc
  .record({
    state: fc.constantFrom(...TOOL_STATES),
    input,
    output: json,
    dynamic: fc.boolean(),
    provider: fc.boolean(),
    approved: fc.boolean(),
    name: fc.constantFrom('search', 'weather'),
  })
  .chain((given) =>
    fc
      .tuple(
        fc.constant(given),
        optional('title', word),
        optional('callProviderMetadata', metadata),
        optional('approval', fc.constant({ id: 'ap', approved: true })),
      )
      .map(([shape, ...more]) => toolPart(shape, Object.assign({}, ...more))),
  )

interface Shape {
  state: (typeof TOOL_STATES)[number]
  input: unknown
  output: unknown
  dynamic: boolean
  provider: boolean
  approved: boolean
  name: string
}

function toolPart(
  { state: at, input: given, output, dynamic, provider, approved, name }: Shape,
  more: Record<string, unknown>,
): Part {
  const { approval, ...fields } = more
  const of = dynamic ? { type: 'dynamic-tool', toolName: name } : { type: `tool-${name}` }
  const base = {
    ...of,
    toolCallId: '',
    state: at,
    input: given,
    ...fields,
    ...(provider && { providerExecuted: true }),
  }
  if (at === 'approval-requested') return as({ ...base, approval: { id: 'ap' } })
  if (at === 'approval-responded')
    return as({ ...base, approval: { id: 'ap', approved, ...(approved ? {} : { reason: 'No' }) } })
  if (at === 'output-denied') return as({ ...base, approval: { id: 'ap', approved: false } })
  // The AI SDK sends these back as a question with its answer, which a provider's own call has had before.
  const allowed = approval === undefined || provider ? {} : { approval }
  if (at === 'output-error') return as({ ...base, errorText: 'It failed', ...allowed })
  if (at === 'output-available') return as({ ...base, output, ...allowed })
  return base as Part
}

const as = (fields: object): Part => fields as Part

const about = fc.option(
  fc.constantFrom<unknown>({ model: 'm' }, { pinned: true }, { createdAt: 1_700_000_000_000 }, 'plain', null, [1]),
  { nil: undefined },
)

function message(role: string, parts: fc.Arbitrary<Part>, least: number): fc.Arbitrary<Omit<UIMessageLike, 'id'>> {
  return fc
    .record({ parts: fc.array(parts, { minLength: least, maxLength: 6 }), metadata: about })
    .map(({ parts: given, metadata: of }) => ({ role, parts: given, ...(of !== undefined && { metadata: of }) }))
}

/** @param majors Which parts there may be: those of `ai` 6, those of `ai` 7 too, or any. */
function anyPart(majors: 6 | 7 | 'any'): fc.Arbitrary<Part> {
  const assistants = [
    ...common,
    tool,
    tool,
    tool,
    ...(majors === 6 ? [] : ofSeven),
    ...(majors === 'any' ? ofLater : []),
  ]
  return fc.oneof(...assistants)
}

/** A conversation with every type of part and every state of a tool, ids of its own for messages and calls. */
export function uiConversation(majors: 6 | 7 | 'any', most = 8): fc.Arbitrary<UIMessageLike[]> {
  const steps = message('assistant', anyPart(majors), 1).map(({ parts, ...rest }) => ({
    ...rest,
    parts: [{ type: 'step-start' }, ...parts],
  }))
  const each = fc.oneof(
    message('user', fc.oneof(text, file, data), 1),
    message('assistant', anyPart(majors), 1),
    steps,
    steps,
    message('system', text, 1),
  )
  return fc.array(each, { minLength: 1, maxLength: most }).map((messages) => messages.map(named))
}

function named({ parts, ...message }: Omit<UIMessageLike, 'id'>, at: number): UIMessageLike {
  const own = parts.map((one, i) => ({
    ...one,
    ...('toolCallId' in one && { toolCallId: `call-${at}-${i}` }),
    ...('approval' in one && { approval: { ...(one.approval as object), id: `ap-${at}-${i}` } }),
  }))
  return { id: `m${at}`, ...message, parts: own }
}
