import type { NeutralMessage, Part } from '@everthread/core'
import fc from 'fast-check'

/** Conversations as agents leave them behind, legal and broken. Ids are given when the blocks stand in their order. */

const words = fc.oneof(
  { weight: 5, arbitrary: fc.lorem({ maxCount: 20 }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom('会', '話', 'を', '短', '漢'), minLength: 1, maxLength: 80 }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => `${text}.`) },
)
const empty = fc.constantFrom('', ' ', '\n')
const long = fc.tuple(fc.lorem({ maxCount: 12 }), fc.integer({ min: 1, max: 120 })).map(([text, n]) => text.repeat(n))
const toolName = fc.constantFrom('search', 'read_file', 'get_user', 'pay')

const text = (content: string): Part => ({ type: 'text', content })
const image: Part = { type: 'uri', modality: 'image', uri: 'https://example.org/x.png' }

interface Call {
  name: string
  args: Record<string, unknown>
  withId: boolean
  result: string
}
const call: fc.Arbitrary<Call> = fc.record({
  name: toolName,
  args: fc.record({ q: fc.constantFrom('a', 'b', 'c') }),
  withId: fc.boolean().map((yes) => yes),
  result: fc.oneof({ weight: 2, arbitrary: words }, { weight: 3, arbitrary: long }),
})

/** Messages that stand together; ids are made unique by `n`. */
type Block = (n: number) => NeutralMessage[]

const reasoning = fc.option(
  fc.record({ content: words, signature: fc.option(fc.constant('sig'), { nil: undefined }) }),
  { nil: undefined },
)

function reasoned(given: { content: string; signature: string | undefined } | undefined): Part[] {
  if (!given) return []
  const part: Part = { type: 'reasoning', content: given.content }
  if (given.signature) part.signature = given.signature
  return [part]
}

const user: fc.Arbitrary<Block> = fc
  .tuple(fc.oneof({ weight: 4, arbitrary: words }, { weight: 1, arbitrary: long }), fc.boolean())
  .map(([content, picture]) => () => [{ role: 'user', parts: picture ? [text(content), image] : [text(content)] }])

const answer: fc.Arbitrary<Block> = fc.tuple(words, reasoning).map(([content, thought]) => () => [
  { role: 'assistant', parts: [...reasoned(thought), text(content)] },
])

function callPart({ name, args, withId }: Call, n: number, i: number): Part {
  return { type: 'tool_call', name, arguments: args, ...(withId && { id: `call-${n}-${i}` }) }
}

function resultMessage({ name, withId, result }: Call, n: number, i: number): NeutralMessage {
  const part: Part = { type: 'tool_call_response', response: result, ...(withId && { id: `call-${n}-${i}` }) }
  return { role: 'tool', name, parts: [part] }
}

const step: fc.Arbitrary<Block> = fc
  .tuple(fc.array(call, { minLength: 1, maxLength: 4 }), reasoning, fc.option(words, { nil: undefined }))
  .map(([calls, thought, said]) => (n) => [
    {
      role: 'assistant',
      parts: [...reasoned(thought), ...(said ? [text(said)] : []), ...calls.map((one, i) => callPart(one, n, i))],
    },
    ...calls.map((one, i) => resultMessage(one, n, i)),
  ])

/** A turn that any provider takes. */
const legalTurn: fc.Arbitrary<Block[]> = fc
  .tuple(user, fc.array(step, { maxLength: 4 }), answer)
  .map(([asked, steps, answered]) => [asked, ...steps, answered])

const brokenStep: fc.Arbitrary<Block> = fc
  .tuple(step, fc.array(fc.nat(5), { maxLength: 3 }), fc.boolean())
  .map(([made, lost, reversed]) => (n) => {
    const [first, ...results] = made(n)
    const kept = results.filter((_, i) => !lost.includes(i))
    return [first as NeutralMessage, ...(reversed ? kept.reverse() : kept)]
  })

const approval: fc.Arbitrary<Block> = call.map((one) => (n) => [
  { role: 'assistant', parts: [{ ...callPart({ ...one, withId: true }, n, 0), approval: { id: `ask-${n}` } }] },
])

const provided: fc.Arbitrary<Block> = fc.tuple(words, fc.boolean()).map(([found, answered]) => (n) => {
  const parts: Part[] = [{ type: 'server_tool_use', id: `srv-${n}`, name: 'web_search', input: { q: 'x' } }]
  if (answered) parts.push({ type: 'web_search_tool_result', tool_use_id: `srv-${n}`, content: found }, text('Found'))
  return [{ role: 'assistant', parts }]
})

const oddities: fc.Arbitrary<Block> = fc.oneof(
  call.map((one) => (n: number) => [resultMessage(one, n, 9)]),
  fc.tuple(fc.constantFrom('user', 'assistant', 'system', 'tool'), empty).map(([role, content]) => () => [
    { role, parts: content === '' ? [] : [text(content)] },
  ]),
  words.map((content) => () => [{ role: 'assistant', parts: [{ type: 'reasoning', content, signature: 's' }] }]),
  words.map((content) => () => [{ role: 'system', parts: [text(content)] }]),
  call.map((one) => (n: number) => [{ role: 'user', parts: [callPart(one, n, 0)] }]),
  call.map((one) => () => [{ role: 'assistant', parts: [callPart(one, 7, 0), callPart(one, 7, 0)] }]),
  call.map((one) => (n: number) => [
    { role: 'assistant', parts: [callPart({ ...one, withId: true }, n, 0)] },
    { role: 'user', parts: [...resultMessage({ ...one, withId: true, result: '' }, n, 0).parts, text('and this')] },
  ]),
)

const system: fc.Arbitrary<Block[]> = fc
  .option(words, { nil: undefined })
  .map((content) => (content === undefined ? [] : [() => [{ role: 'system', parts: [text(content)] }]]))

function assemble(blocks: readonly Block[], pins: ReadonlySet<number>): NeutralMessage[] {
  const messages = blocks.flatMap((block, n) => block(n))
  return messages.map((message, i) => ({
    ...message,
    id: `m${i}`,
    createdAt: 1_700_000_000_000 + i * 1_000,
    ...(pins.has(i) && { metadata: { pinned: true } }),
  }))
}

const pins = fc.array(fc.nat(40), { maxLength: 2 }).map((places) => new Set(places))

/** One that no provider refuses. */
export function legalHistory(turns: number): fc.Arbitrary<NeutralMessage[]> {
  const body = fc.array(legalTurn, { minLength: 1, maxLength: turns, size: 'max' })
  return fc.tuple(system, body, pins).map(([first, rest, pinned]) => assemble([...first, ...rest.flat()], pinned))
}

/** Anything that a store may hold. */
export function brokenHistory(blocks: number): fc.Arbitrary<NeutralMessage[]> {
  const block = fc.oneof(
    { weight: 4, arbitrary: user },
    { weight: 3, arbitrary: answer },
    { weight: 4, arbitrary: step },
    { weight: 3, arbitrary: brokenStep },
    { weight: 1, arbitrary: approval },
    { weight: 1, arbitrary: provided },
    { weight: 3, arbitrary: oddities },
  )
  return fc
    .tuple(fc.array(block, { maxLength: blocks, size: 'max' }), pins)
    .map(([blocks, pinned]) => assemble(blocks, pinned))
}

export function anyHistory(size: number): fc.Arbitrary<NeutralMessage[]> {
  return fc.oneof(legalHistory(Math.ceil(size / 4)), brokenHistory(size))
}
