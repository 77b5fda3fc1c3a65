import { checkLegality, clearToolResults } from '@everthread/core/context'
import {
  contextModelMiddleware,
  modelMessageLens,
  type PlainModelMessage,
  pruneModelMessages,
  pruneStep,
} from '@everthread/vercel-ai-adapter'
import { describe, expect, it } from 'vitest'
import { majors, type Run } from './majors.ts'

const page = (topic: string): string => `${topic}: ${'a line of a long page. '.repeat(120)}`
const steps = 8
const script: Run['script'] = [
  ...Array.from({ length: steps - 1 }, (_, i) => ({ call: `topic ${i}` })),
  { text: 'Done' },
]
const asked = (): PlainModelMessage[] => [{ role: 'user', content: [{ type: 'text', text: 'Look up all topics' }] }]
const options = { budget: 2_000, policy: clearToolResults({ keepLast: 1 }) }
const legality = { lens: modelMessageLens, provider: 'any' } as const

const textOf = (value: unknown): string => JSON.stringify(value)

describe.each(majors)('pruneStep with ai $major', ({ run }) => {
  it('sends a legal context within the budget in every step', async () => {
    const { prompts } = await run({ script, messages: asked(), lookup: page, prepareStep: pruneStep(options) })
    expect(prompts).toHaveLength(steps)
    for (const prompt of prompts) {
      expect(checkLegality(prompt, legality)).toEqual([])
      expect(pruneModelMessages(prompt, { budget: options.budget }).receipt.tokens.before).toBeLessThanOrEqual(
        options.budget,
      )
    }
    expect(textOf(prompts.at(-1))).toContain('topic 6: a line')
    expect(textOf(prompts.at(-1))).not.toContain('topic 0: a line')
  })

  it('gives the runs of one function that go on side by side each its own', async () => {
    const prepareStep = pruneStep(options)
    const alone = await run({ script, messages: asked(), lookup: page, prepareStep: pruneStep(options) })
    const together = await Promise.all(
      [1, 2, 3].map(() => run({ script, messages: asked(), lookup: page, prepareStep })),
    )
    for (const { prompts } of together) expect(prompts).toEqual(alone.prompts)
  })

  it('keeps what it sent, as long as that fits', async () => {
    const { prompts } = await run({
      script,
      messages: asked(),
      lookup: page,
      prepareStep: pruneStep({ budget: 50_000 }),
    })
    for (const [at, prompt] of prompts.entries()) {
      const before = prompts[at - 1] ?? []
      expect(prompt.slice(0, before.length)).toEqual(before)
    }
  })

  it('does not touch what the call gives back', async () => {
    const { messages } = await run({ script, messages: asked(), lookup: page, prepareStep: pruneStep(options) })
    expect(textOf(messages)).toContain(page('topic 0'))
  })

  it('leaves a call without messages alone', () => {
    expect(pruneStep()({ messages: [], stepNumber: 0 })).toEqual({ messages: [] })
  })
})

describe('pruneStep', () => {
  it('sends the same in 6 and in 7', async () => {
    const [six, seven] = await Promise.all(
      majors.map(({ run }) => run({ script, messages: asked(), lookup: page, prepareStep: pruneStep(options) })),
    )
    expect(six?.prompts).toEqual(seven?.prompts)
  })

  it('takes what the user said meanwhile from where it stands', () => {
    const said: PlainModelMessage = { role: 'user', content: 'In French, please' }
    const messages = [...asked(), said]
    const base = { messages, initialMessages: asked(), responseMessages: [] }
    const now = pruneStep()({ ...base, stepNumber: 1, steps: [{}], experimental_steeringMessages: [said] })
    const later = pruneStep()({ ...base, stepNumber: 2, steps: [{ experimental_steeringMessages: [said] }, {}] })
    for (const step of [now, later]) expect(textOf(step.messages)).toContain('In French')
    const none = pruneStep()({ ...base, stepNumber: 1, steps: [{}] })
    expect(textOf(none.messages)).not.toContain('In French')
  })

  it('goes on from a plan that was kept', () => {
    const history = asked()
    const { plan } = pruneModelMessages(history, options)
    expect(pruneStep({ ...options, previousPlan: plan })({ messages: history, stepNumber: 0 }).messages).toEqual(
      history,
    )
  })
})

describe.each(majors)('contextModelMiddleware with ai $major', ({ run }) => {
  it('caps what is sent to the model, and nothing else', async () => {
    const middleware = contextModelMiddleware(options)
    const { prompts, messages } = await run({ script, messages: asked(), lookup: page, middleware })
    for (const prompt of prompts) expect(checkLegality(prompt, legality)).toEqual([])
    expect(textOf(prompts.at(-1)).length).toBeLessThan(12_000)
    expect(textOf(messages)).toContain(page('topic 0'))
  })
})
