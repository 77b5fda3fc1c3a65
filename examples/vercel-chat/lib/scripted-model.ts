import { setTimeout as wait } from 'node:timers/promises'
import { MockLanguageModelV4 } from 'ai/test'

type Call = Parameters<MockLanguageModelV4['doStream']>[0]
type Part = Awaited<ReturnType<MockLanguageModelV4['doStream']>>['stream'] extends ReadableStream<infer P> ? P : never

/** What a scripted answer waits for before each word. Settable: tests hold it. */
export const speech: { pace: (signal: AbortSignal | undefined) => Promise<void> } = {
  pace: (signal) => wait(Number(process.env.CHAT_PACE ?? 45), undefined, { signal }),
}

interface Reply {
  thought?: string
  text?: string
  call?: { toolName: string; input: object }
}

/** A model without a provider, word by word: it knows when ferries leave and books passages. */
export function scriptedModel(): MockLanguageModelV4 {
  let replies = 0
  return new MockLanguageModelV4({
    doStream: async ({ prompt, abortSignal }) => ({
      stream: ReadableStream.from(spoken(replyTo(prompt, replies++), `call-${crypto.randomUUID()}`, abortSignal)),
    }),
  })
}

const greetings = ['With pleasure.', 'Gladly.', 'Of course.']

function replyTo(prompt: Call['prompt'], count: number): Reply {
  const at = prompt.findLastIndex(({ role }) => role === 'user')
  const asked = textOf(prompt[at]?.content)
  const results = prompt.slice(at + 1).flatMap(({ role, content }) => (role === 'tool' ? content : []))
  const result = results.findLast(({ type }) => type === 'tool-result')
  const greeting = greetings[count % greetings.length]
  const island = /\b(Skerry|Tern|Gannet)\b/i.exec(asked)?.[1] ?? 'Skerry'
  const name = island.charAt(0).toUpperCase() + island.slice(1).toLowerCase()
  if (result?.type === 'tool-result') return { text: told(result.toolName, result.output) }
  if (/\bbook\b/i.test(asked)) {
    const passengers = Number(/\b([1-9])\b/.exec(asked)?.[1] ?? 1)
    const input = { island: name, departure: '11:40', passengers }
    return { thought: `A passage costs money, so I ask before I book it.`, call: { toolName: 'bookPassage', input } }
  }
  if (/\b(when|leave|sail|timetable|ferry|ferries)\b/i.test(asked)) {
    return {
      thought: `Somebody wants to go to ${name}. I look it up.`,
      call: { toolName: 'timetable', input: { island: name } },
    }
  }
  const text = `${greeting} You said “${asked}”. I am a script of a few lines: ask me when the ferry to Skerry leaves, or have me book a passage for 2.`
  return { text }
}

/** What a tool gave, in words. */
function told(toolName: string, output: { type: string; value?: unknown }): string {
  if (output.type === 'execution-denied')
    return 'Then I have booked nothing. The places stay free until the ferry leaves.'
  const value = (output.type === 'json' ? output.value : {}) as {
    booking?: string
    island?: string
    departures?: string[]
  }
  if (toolName === 'bookPassage')
    return `Done: your booking is ${value.booking}. Be at the pier ten minutes before it leaves.`
  return `Today the ferry to ${value.island} leaves at ${value.departures?.join(', ')}. Boarding closes five minutes before.`
}

function textOf(content: Call['prompt'][number]['content'] | undefined): string {
  if (typeof content === 'string' || content === undefined) return content ?? ''
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

async function* spoken(
  { thought, text, call }: Reply,
  toolCallId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Part> {
  yield { type: 'stream-start', warnings: [] }
  for (const [kind, words] of Object.entries({ reasoning: thought, text })) {
    if (words === undefined) continue
    const type = kind as 'reasoning' | 'text'
    yield { type: `${type}-start`, id: type }
    for (const delta of words.match(/\S+\s*/g) ?? []) {
      await speech.pace(signal)
      yield { type: `${type}-delta`, id: type, delta }
    }
    yield { type: `${type}-end`, id: type }
  }
  if (call) yield { type: 'tool-call', toolCallId, toolName: call.toolName, input: JSON.stringify(call.input) }
  yield { type: 'finish', finishReason: { unified: call ? 'tool-calls' : 'stop', raw: undefined }, usage }
}

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
}
