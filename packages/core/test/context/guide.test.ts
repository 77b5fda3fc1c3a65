import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as context from '../../src/context/index.ts'
import { type CompactionReceipt, type Session, SessionManager } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { faithful, turns } from './compaction/conversation.ts'

const guide = readFileSync(new URL('../../../../docs/guides/context.md', import.meta.url), 'utf8')
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text)

type Names = Record<string, unknown>

/** Runs a snippet with these names about it, and gives what it declares. */
async function run<T>(snippet: string, names: Names, declares: string): Promise<T> {
  const all = { ...context, ...names }
  const work = new Function(...Object.keys(all), `return (async () => { ${snippet}\nreturn ${declares} })()`)
  return work(...Object.values(all))
}

async function begin(count: number): Promise<Session> {
  const session = await new SessionManager({ store: memoryStore() }).asService().create()
  await session.messages.append(turns(count))
  return session
}

const given = { instructions: 'Be kind.', tools: [{ name: 'find_order' }] }

describe('the guide to contexts', () => {
  const named = [
    'recommended(128_000),',
    'dropSuperseded',
    'recall(',
    'ask(prompt',
    'compactIfDue',
    'inspect(',
    'gptTokenCounter',
  ]
  const found = named.map((word) => snippets.find((text) => text.includes(word)) ?? '')
  const [build, choose, giveBack, compact, whenDue, inspect, count] = found as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]

  it('has ten snippets, which are shown here', () => {
    expect(snippets).toHaveLength(10)
    expect(found).not.toContain('')
  })

  it('builds', async () => {
    const session = await begin(4)
    const sent: unknown[] = []
    const model = (messages: unknown): unknown => sent.push(messages)
    const receipt = await run<context.Receipt>(build, { ...given, session, model }, 'receipt')
    expect(receipt.fits).toBe(true)
    expect(sent).toHaveLength(1)
  })

  it('chooses policies, and gives back what they took', async () => {
    const session = await begin(4)
    await session.messages.append(turns(4).map((message) => ({ ...message, id: `again-${message.id}` })))
    const receipt = await run<context.Receipt>(choose, { session }, 'receipt')
    expect(receipt.byPolicy.dropSuperseded?.edits).toBeGreaterThan(0)
    const told: unknown[] = []
    const log = (...words: unknown[]): unknown => told.push(words)
    const text = await run<string>(giveBack, { session, receipt, console: { log } }, 'text')
    expect(text).toContain('"carrier":"Posten"')
    expect(told.length).toBeGreaterThan(0)
  })

  it('prunes by what tools declare, repairs, and goes on from a plan', async () => {
    const messages = turns(4)
    const snippet = (word: string): string => snippets.find((text) => text.includes(word)) ?? ''
    await run(snippet("'refetchable'"), { messages }, 'true')
    const log = (): void => {}
    const repairs = await run<unknown[]>(snippet('repair(messages'), { messages, console: { log } }, 'repairs')
    expect(repairs).toEqual([])
    const names = { messages, more: turns(2, 4), policy: [], budget: 100_000 }
    const { messages: sent } = await run<context.Pruned<unknown>>(snippet('previousPlan: first'), names, 'next')
    expect(sent).toEqual([...messages, ...turns(2, 4)])
  })

  it('compacts', async () => {
    const session = await begin(14)
    const receipt = await run<CompactionReceipt>(compact, { session, ask: faithful }, 'receipt')
    expect(receipt.outcome).toBe('compacted')
    await session.messages.append(turns(14, 14))
    const done = await run<CompactionReceipt>(whenDue, { session, summarise: faithful }, 'done')
    expect(done).toMatchObject({ outcome: 'compacted', reason: 'messages' })
  })

  it('looks into it', async () => {
    const written: string[] = []
    const process = { stdout: { write: (text: string) => written.push(text) }, env: {} }
    await run(inspect, { ...given, session: await begin(4), process }, 'inspection')
    expect(written[0]).toMatch(/^Context: about \d+ tokens of 128,000 .* in 16 messages\n/)
  })

  it('counts', async () => {
    const session = await begin(4)
    const { receipt } = await session.context.build()
    const usage = { inputTokens: 2 * receipt.tokens.after }
    const tokens = await run<context.Change>(count, { session, receipt, usage }, 'tokens')
    expect(tokens.before).toBeGreaterThan(receipt.tokens.before)
  })
})
