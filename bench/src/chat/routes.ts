import type { Chat, NodeResponse } from '@everthread/vercel-ai-adapter'
import { convertToModelMessages, type ModelMessage, streamText, type UIMessage } from 'ai'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'

const DELTAS = 20
const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } }

/** Says the same in 20 pieces, at once. */
const model = new MockLanguageModelV4({
  doStream: async () => ({
    stream: convertArrayToReadableStream([
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: 't' },
      ...Array.from({ length: DELTAS }, (_, i) => ({ type: 'text-delta', id: 't', delta: `the ${i}th piece of it ` })),
      { type: 'text-end', id: 't' },
      { type: 'finish', finishReason: { unified: 'stop', raw: undefined }, usage },
    ] as never),
  }),
})

/** What of a response is measured: when its first byte came, and when it had ended. */
export class Stopwatch implements NodeResponse {
  readonly #started: number = performance.now()
  firstMs = 0
  endMs = 0
  writableEnded = false
  writeHead(): void {}
  on(): void {}
  write(): boolean {
    this.firstMs ||= performance.now() - this.#started
    return true
  }
  end(): void {
    this.endMs = performance.now() - this.#started
    this.writableEnded = true
  }
}

/** The route that keeps nothing: the client sends all messages. */
export async function bareRoute(body: { messages: UIMessage[] }, res: Stopwatch): Promise<void> {
  const messages = await convertToModelMessages(body.messages)
  const reader = streamText({ model, messages }).toUIMessageStream().getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    JSON.stringify(read.value)
    res.write()
  }
  res.end()
}

/** Ours, as the README has it. */
export async function keptRoute(chat: Chat, body: object, res: Stopwatch): Promise<void> {
  await using turn = await chat.begin(body, { owner: 'ada' })
  const messages = (await turn.messages()) as ModelMessage[]
  const { signal, prepareStep } = turn
  await turn.pipe(() => streamText({ model, messages, abortSignal: signal, prepareStep: prepareStep as never }), res)
}
