import { checkLegality } from '@everthread/core/context'
import {
  fromModelMessages,
  type ModelMessageLike,
  modelMessageLens,
  toContext,
  type UIMessageLike,
} from '@everthread/vercel-ai-adapter'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toModelMessages } from '../../../packages/vercel-ai-adapter/src/messages/to-model.ts'
import { uiConversation } from '../../arbitraries/ui-messages.ts'
import { majors } from './majors.ts'

const RUNS = process.env.EVERTHREAD_SOAK ? 3_000 : 150

/** As JSON, with every way to say where a file is as the one of `ai` 7, and without what only `ai` 7 adds. */
function comparable(messages: readonly object[], major: 6 | 7): unknown {
  const plain = JSON.parse(JSON.stringify(messages)) as { role: string; content: string | Record<string, unknown>[] }[]
  for (const { content } of plain) {
    if (typeof content === 'string') continue
    for (const part of content) {
      const { data } = part as { data?: { type?: string; url?: string } }
      if (data?.type === 'url') part.data = data.url
      if (part.data !== undefined) part.data = new URL(String(part.data)).href
    }
  }
  const isDenied = (part: Record<string, unknown>) =>
    (part.output as { type?: string } | undefined)?.type === 'execution-denied'
  return plain.map(({ content, ...rest }) => ({
    ...rest,
    content: typeof content === 'string' || major === 7 ? content : content.filter((part) => !isDenied(part)),
  }))
}

/** Results that we made stand in messages of their own, until they have been through a UI; then they have options. */
function joined(messages: unknown): unknown {
  const all: { role: string; content: Record<string, unknown>[] }[] = []
  for (const { role, content } of messages as typeof all) {
    const last = all.at(-1)
    if (role !== 'tool') all.push({ role, content })
    else {
      const parts = content.map(({ providerOptions: _, ...part }) => ({ ...part, ...told(part) }))
      if (last?.role === 'tool') last.content.push(...parts)
      else all.push({ role, content: parts })
    }
  }
  const order = (part: object) => JSON.stringify(part)
  for (const one of all) if (one.role === 'tool') one.content.sort((a, b) => (order(a) < order(b) ? -1 : 1))
  return all
}

/** Whether the model was told of it, model messages say by a result that no UI message has. */
function hasProvidersDenial(messages: readonly UIMessageLike[]): boolean {
  const parts = messages.flatMap((message) => message.parts as readonly Record<string, unknown>[])
  const isDenial = ({ providerExecuted, approval }: Record<string, unknown>) =>
    providerExecuted === true && (approval as { approved?: boolean } | undefined)?.approved === false
  return parts.some(isDenial)
}

/** A UI message has one way to say that a call was refused. */
function told({ output }: { output?: { type?: string; reason?: string } }): object {
  if (output?.type !== 'execution-denied') return {}
  return { output: { type: 'error-text', value: output.reason ?? 'Tool call execution denied.' } }
}

/** `ai` 7 leaves out approvals that a later message of the user has passed; we close them, so that nothing is lost. */
function hasPassedApproval(messages: readonly UIMessageLike[]): boolean {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  return messages.some(
    ({ parts }, at) => at < last && parts.some((part) => 'state' in part && part.state === 'approval-requested'),
  )
}

describe.each(majors)('beside ai $major', ({ major, convert }) => {
  it('a conversation becomes the model messages that convertToModelMessages makes', async () => {
    await fc.assert(
      fc.asyncProperty(uiConversation(major), async (messages) => {
        fc.pre(!hasPassedApproval(messages))
        const ours = (await toModelMessages(messages)).map(({ message }) => message)
        expect(comparable(ours, major)).toEqual(comparable(await convert(messages), major))
      }),
      { numRuns: RUNS },
    )
  })

  it('model messages become UI messages that are sent as the same', async () => {
    await fc.assert(
      fc.asyncProperty(uiConversation(major), async (messages) => {
        fc.pre(!hasProvidersDenial(messages))
        const sent = await legal(messages)
        const ui = fromModelMessages(sent)
        const again = (await toContext(ui)).messages
        expect(joined(comparable(again, 7))).toEqual(joined(comparable(sent, 7)))
      }),
      { numRuns: RUNS },
    )
  })

  async function legal(messages: readonly UIMessageLike[]): Promise<ModelMessageLike[]> {
    return (await toContext(messages)).messages
  }
})

describe('toContext', () => {
  it('gives legal messages without system messages, whatever the conversation', async () => {
    await fc.assert(
      fc.asyncProperty(uiConversation('any'), async (messages) => {
        const { messages: context, instructions } = await toContext(messages)
        expect(checkLegality(context, { lens: modelMessageLens, provider: 'any' })).toEqual([])
        expect(context.map(({ role }) => role)).not.toContain('system')
        const first = messages[0] as UIMessageLike
        const [part] = first.parts as readonly { text?: string }[]
        if (first.role === 'system' && part?.text) expect(instructions).toContain(part.text)
      }),
      { numRuns: RUNS },
    )
  })

  it('lets tools say what a model reads of their results, and cuts that', async () => {
    const part = { type: 'tool-map', toolCallId: 'c', state: 'output-available', input: {}, output: { rows: 3 } }
    const messages = [
      { id: 'u', role: 'user', parts: [{ type: 'text', text: 'A map' }] },
      { id: 'a', role: 'assistant', parts: [part] },
    ]
    const toModelOutput = ({ output }: { output: { rows: number } }) => ({ type: 'text', value: `${output.rows} rows` })
    const { messages: context } = await toContext(messages, { tools: { map: { toModelOutput } } })
    expect(JSON.stringify(context)).toContain('3 rows')
  })

  it('never cuts what is pinned by id, by place, by a test or by its metadata', async () => {
    const text = 'words that take some room in any context, '.repeat(20)
    const messages = Array.from({ length: 12 }, (_, i) => ({
      id: `m${i}`,
      role: i % 2 === 0 ? 'user' : 'assistant',
      parts: [{ type: 'text', text: `<${i}> ${text}` }],
      ...(i === 6 && { metadata: { pinned: true } }),
    }))
    const kept = async (pinned?: (string | number)[] | ((message: { id: string }) => boolean)) =>
      JSON.stringify((await toContext(messages, { budget: 1_200, ...(pinned && { pinned }) })).messages)
    expect(await kept()).not.toContain('<0> words')
    expect(await kept()).toContain('<6> words')
    expect(await kept(['m0'])).toContain('<0> words')
    expect(await kept([0])).toContain('<0> words')
    expect(await kept(({ id }) => id === 'm0')).toContain('<0> words')
  })

  it('refuses options that nobody reads', async () => {
    await expect(toContext([], { buget: 3 } as never)).rejects.toMatchObject({ code: 'CONTEXT_OPTIONS_INVALID' })
  })
})

describe('fromModelMessages', () => {
  it('keeps the ids of what was there when the conversation goes on', async () => {
    const sent: ModelMessageLike[] = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'c', toolName: 't', input: {} }] as never },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'c', toolName: 't', output: { type: 'text', value: 'x' } },
        ] as never,
      },
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'And now?' },
    ]
    const all = fromModelMessages(sent).map(({ id }) => id)
    for (let n = 1; n <= sent.length; n++) {
      const ids = fromModelMessages(sent.slice(0, n)).map(({ id }) => id)
      expect(ids).toEqual(all.slice(0, ids.length))
    }
    expect(all).toHaveLength(3)
  })
})
