import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimateTokens, gptTokenCounter } from '../../../src/context/index.ts'
import { otherSamples, samples } from './samples.ts'

const exact = await gptTokenCounter()
const errorOf = (text: string): number => Math.abs(estimateTokens(text) / exact(text) - 1)
const mean = (numbers: number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`
const lines: string[] = []

describe('estimates beside gpt-tokenizer', () => {
  it.each(Object.keys(samples))('are within 10%% on average: %s', (name) => {
    const texts = samples[name] as string[]
    const error = mean(texts.map(errorOf))
    lines.push(`${name}: mean error ${percent(error)} on ${texts.length} texts`)
    expect(error).toBeLessThan(0.1)
  })

  it.each(Object.keys(otherSamples))('are within a quarter: %s', (name) => {
    const text = otherSamples[name] as string
    lines.push(`${name}: error ${percent(errorOf(text))}`)
    expect(errorOf(text)).toBeLessThan(0.25)
  })

  it('are within 10% on average on real transcripts, where they are given, whole and by message', () => {
    const conversations = transcripts()
    if (conversations.length === 0) return
    const whole = mean(conversations.map((texts) => errorOf(texts.join('\n'))))
    const messages = mean(conversations.flat().map(errorOf))
    lines.push(`transcripts: mean error ${percent(whole)} by conversation, ${percent(messages)} by message`)
    expect(whole).toBeLessThan(0.1)
    expect(messages).toBeLessThan(0.1)
  })

  it('are printed', () => {
    process.stdout.write(`${lines.join('\n')}\n`)
    expect(lines.length).toBeGreaterThan(Object.keys(samples).length)
  })
})

describe('estimateTokens', () => {
  it('gives nothing for nothing, and something for anything', () => {
    expect(estimateTokens('')).toBe(0)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const tokens = estimateTokens(text)
        return Number.isSafeInteger(tokens) && tokens >= 1
      }),
    )
  })

  it.each([
    ['letters that stand beside their accents', 'e\u0301te\u0301 '.repeat(50)],
    ['capitals of another language', 'ZAŻÓŁĆ GĘŚLĄ JAŹŃ '.repeat(20)],
    ['one very long word', 'abcdefghij'.repeat(40)],
    ['identifiers', 'XYZab12 HTTPServer2 v8Engine call_9aZ3kQ '.repeat(20)],
    ['emoji and arrows', '🚀 → ✅ ─── '.repeat(30)],
  ])('is of the right size for %s', (_, text) => {
    expect(estimateTokens(text)).toBeGreaterThan(exact(text) / 2)
    expect(estimateTokens(text)).toBeLessThan(exact(text) * 2)
  })

  it('grows with what is added, apart from what two texts share where they meet', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(samples).flat()))
    fc.assert(
      fc.property(text, text, (a, b) => {
        const apart = estimateTokens(a) + estimateTokens(b)
        const together = estimateTokens(`${a}\n\n${b}`)
        return together >= 0.4 * apart - 2 && together <= 2.5 * apart + 4
      }),
    )
  })

  it.each([
    ['letters', 'a'],
    ['capitals', 'A'],
    ['digits', '7'],
    ['spaces', ' '],
    ['newlines', '\n'],
    ['marks', '=-'],
    ['quotes before letters', '"a'],
    ['contractions', "it's"],
    ['Han', '漢'],
    ['halves of pairs', '\ud83d'],
  ])('takes time in proportion to its input: a megabyte of %s', (_, unit) => {
    const tokens = estimateTokens(unit.repeat(1_000_000 / unit.length))
    expect(tokens).toBeGreaterThan(1_000)
    expect(tokens).toBeLessThan(1_100_000)
  })
})

function transcripts(): string[][] {
  const path = process.env.EVERTHREAD_TRANSCRIPTS
  if (!path) return []
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { messages: { content?: string; tool_calls?: unknown }[] }).messages)
    .map((messages) => messages.map(({ content, tool_calls }) => content || JSON.stringify(tool_calls ?? '')))
}
