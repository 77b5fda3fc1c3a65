import { checkLegality, type Violation } from '@everthread/core/context'
import { type ModelMessageLike, modelMessageLens, type StepLike } from '@everthread/vercel-ai-adapter'
import * as ai7 from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import * as ai6 from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import { z } from 'zod'

/** What the model gives in one step. */
export interface Step {
  reasoning?: string[]
  texts?: string[]
  call?: { id: string; tool: string; input: object }
}

/** Stops the model before one of its chunks, counted over all steps, until it may go on. */
export interface Hold {
  at: number
  reached(): void
  until: Promise<unknown>
}

export interface Script {
  /** By what it is asked: the text of the user's last message, and how many results came after it. */
  reply(asked: string, results: number): Step
  hold?: Hold
}

export interface Scripted {
  major: 6 | 7
  /** Runs `streamText` with the tools `lookup` (the server's), `confirm` (to be approved) and `place` (the client's). */
  stream(
    script: Script,
    call: {
      messages: readonly object[]
      signal?: AbortSignal
      prepareStep?: (step: StepLike<ModelMessageLike>) => object
    },
  ): { toUIMessageStream(options: never): ReadableStream<unknown> }
  /** What the model was asked, and what a provider would have refused of it. */
  prompts: ModelMessageLike[][]
  violations: Violation[]
  readMessage(chunks: readonly object[]): Promise<unknown>
}

const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } }

function partsOf({ reasoning = [], texts = [], call }: Step): object[] {
  return [
    { type: 'stream-start', warnings: [] },
    ...spoken('reasoning', reasoning),
    ...spoken('text', texts),
    ...(call
      ? [{ type: 'tool-call', toolCallId: call.id, toolName: call.tool, input: JSON.stringify(call.input) }]
      : []),
    { type: 'finish', finishReason: { unified: call ? 'tool-calls' : 'stop', raw: undefined }, usage },
  ]
}

function spoken(kind: string, deltas: string[]): object[] {
  if (deltas.length === 0) return []
  const id = `${kind}-1`
  return [
    { type: `${kind}-start`, id },
    ...deltas.map((delta) => ({ type: `${kind}-delta`, id, delta })),
    { type: `${kind}-end`, id },
  ]
}

const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : (content as { text?: string }[]).map(({ text = '' }) => text).join('')

class Model {
  readonly prompts: ModelMessageLike[][] = []
  readonly violations: Violation[] = []
  #sent = 0

  stream(script: Script, prompt: ModelMessageLike[], signal: AbortSignal | undefined): ReadableStream<object> {
    // A provider's request fails at once.
    signal?.throwIfAborted()
    const asked = JSON.parse(JSON.stringify(prompt)) as ModelMessageLike[]
    this.prompts.push(asked)
    this.violations.push(...checkLegality(asked, { lens: modelMessageLens, provider: 'any' }))
    const last = asked.findLastIndex(({ role }) => role === 'user')
    const results = asked.slice(last).filter(({ role }) => role === 'tool').length
    const parts = partsOf(script.reply(textOf(asked[last]?.content ?? ''), results))
    return new ReadableStream({
      pull: async (controller) => {
        if (script.hold && this.#sent === script.hold.at) {
          script.hold.reached()
          await Promise.race([script.hold.until, aborted(signal)])
        }
        if (signal?.aborted) return controller.error(signal.reason)
        this.#sent++
        const part = parts.shift()
        if (part) controller.enqueue(part)
        else controller.close()
      },
    })
  }
}

const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))

const topic = z.object({ topic: z.string() })
const lookup = async ({ topic: of }: { topic: string }) => `all about ${of}`

export function scripted(major: 6 | 7): Scripted {
  const model = new Model()
  const { prompts, violations } = model
  if (major === 6) {
    return {
      major,
      prompts,
      violations,
      stream: (script, { messages, signal, prepareStep }) =>
        ai6.streamText({
          model: new MockLanguageModelV3({
            doStream: async ({ prompt, abortSignal }) => ({
              stream: model.stream(script, prompt as never, abortSignal) as never,
            }),
          }),
          messages: messages as ai6.ModelMessage[],
          tools: {
            lookup: ai6.tool({ inputSchema: topic, execute: lookup }),
            confirm: ai6.tool({ inputSchema: topic, execute: lookup, needsApproval: true }),
            place: ai6.tool({ inputSchema: topic }),
          },
          stopWhen: ai6.stepCountIs(10),
          onError: () => {},
          ...(signal && { abortSignal: signal }),
          ...(prepareStep && { prepareStep: prepareStep as never }),
        }),
      readMessage: async (chunks) => {
        let last: unknown
        for await (const message of ai6.readUIMessageStream({ stream: streamOf(chunks) as never })) last = message
        return last
      },
    }
  }
  return {
    major,
    prompts,
    violations,
    stream: (script, { messages, signal, prepareStep }) =>
      ai7.streamText({
        model: new MockLanguageModelV4({
          doStream: async ({ prompt, abortSignal }) => ({
            stream: model.stream(script, prompt as never, abortSignal) as never,
          }),
        }),
        messages: messages as ai7.ModelMessage[],
        tools: {
          lookup: ai7.tool({ inputSchema: topic, execute: lookup }),
          confirm: ai7.tool({ inputSchema: topic, execute: lookup, needsApproval: true }),
          place: ai7.tool({ inputSchema: topic }),
        },
        stopWhen: ai7.stepCountIs(10),
        onError: () => {},
        ...(signal && { abortSignal: signal }),
        ...(prepareStep && { prepareStep: prepareStep as never }),
      }),
    readMessage: async (chunks) => {
      let last: unknown
      for await (const message of ai7.readUIMessageStream({ stream: streamOf(chunks) as never })) last = message
      return last
    },
  }
}

const streamOf = (chunks: readonly object[]): ReadableStream<object> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(structuredClone(chunk))
      controller.close()
    },
  })
