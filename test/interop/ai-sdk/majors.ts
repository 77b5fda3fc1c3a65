import type {
  ContextMiddleware,
  ModelMessageLike,
  PlainModelMessage,
  UIMessageLike,
} from '@everthread/vercel-ai-adapter'
import * as ai7 from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import * as ai6 from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import { z } from 'zod'

export interface Run {
  /** What the model says in each step: a call of the tool `lookup`, or a text. */
  script: ({ call: string } | { text: string })[]
  messages: readonly PlainModelMessage[]
  lookup?: (topic: string) => unknown
  prepareStep?: (step: never) => unknown
  middleware?: ContextMiddleware
}

/** What the tests use of `ai`, of both majors alike. */
export interface AI {
  major: 6 | 7
  validate(messages: readonly UIMessageLike[]): Promise<unknown>
  convert(messages: readonly UIMessageLike[]): Promise<ModelMessageLike[]>
  /** Runs the script by `generateText`. Gives the prompts that the model was given, as JSON has them, and the messages. */
  run(given: Run): Promise<{ prompts: ModelMessageLike[][]; messages: ModelMessageLike[] }>
}

const inputSchema = z.object({ topic: z.string() })
const usage = { inputTokens: { total: 1, noCache: 1 }, outputTokens: { total: 1, text: 1 } }

/** What the model gives in a step. */
function given(said: Run['script'][number], at: number): object {
  const content =
    'text' in said
      ? [{ type: 'text', text: said.text }]
      : [{ type: 'tool-call', toolCallId: `c${at}`, toolName: 'lookup', input: JSON.stringify({ topic: said.call }) }]
  const finishReason = { unified: 'text' in said ? 'stop' : 'tool-calls', raw: undefined }
  return { content, finishReason, usage, warnings: [] }
}

function recorder({ script }: Run): {
  prompts: ModelMessageLike[][]
  doGenerate: (call: { prompt: unknown }) => Promise<never>
} {
  const prompts: ModelMessageLike[][] = []
  return {
    prompts,
    async doGenerate({ prompt }) {
      const at = prompts.push(JSON.parse(JSON.stringify(prompt)) as ModelMessageLike[]) - 1
      return given(script[at] as Run['script'][number], at) as never
    },
  }
}

export const majors: AI[] = [
  {
    major: 6,
    validate: (messages) => ai6.validateUIMessages({ messages }),
    convert: (messages) => ai6.convertToModelMessages(messages as ai6.UIMessage[]),
    async run(run) {
      const { prompts, doGenerate } = recorder(run)
      const model = new MockLanguageModelV3({ doGenerate })
      const { response } = await ai6.generateText({
        model: run.middleware ? ai6.wrapLanguageModel({ model, middleware: run.middleware }) : model,
        messages: run.messages as ai6.ModelMessage[],
        tools: { lookup: ai6.tool({ inputSchema, execute: async ({ topic }) => run.lookup?.(topic) }) },
        stopWhen: ai6.stepCountIs(run.script.length),
        ...(run.prepareStep && { prepareStep: run.prepareStep as never }),
      })
      return { prompts, messages: response.messages }
    },
  },
  {
    major: 7,
    validate: (messages) => ai7.validateUIMessages({ messages }),
    convert: (messages) => ai7.convertToModelMessages(messages as ai7.UIMessage[]),
    async run(run) {
      const { prompts, doGenerate } = recorder(run)
      const model = new MockLanguageModelV4({ doGenerate })
      const { steps } = await ai7.generateText({
        model: run.middleware ? ai7.wrapLanguageModel({ model, middleware: run.middleware }) : model,
        messages: run.messages as ai7.ModelMessage[],
        tools: { lookup: ai7.tool({ inputSchema, execute: async ({ topic }) => run.lookup?.(topic) }) },
        stopWhen: ai7.stepCountIs(run.script.length),
        ...(run.prepareStep && { prepareStep: run.prepareStep as never }),
      })
      return { prompts, messages: steps.flatMap(({ response }) => response.messages) }
    },
  },
]
