import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrate, calibratedCounter, estimateTokens, gptTokenCounter } from '../../../src/context/index.ts'

const text = 'A sentence of some length, to be counted by more than one counter.'

describe('calibrate', () => {
  it('learns the factor between a counter and a provider', () => {
    let counter = calibratedCounter()
    for (let i = 0; i < 30; i++) {
      const estimated = counter(text) * 200
      counter = counter.calibrate({ estimated, actual: estimateTokens(text) * 200 * 1.3 })
    }
    expect(counter.calibration.factor).toBeCloseTo(1.3, 1)
    expect(counter(text)).toBe(Math.round(counter.calibration.factor * estimateTokens(text)))
  })

  it('is not thrown off by one small report', () => {
    const { factor } = calibrate({ estimated: 10, actual: 40 }).calibration
    expect(factor).toBeGreaterThan(1)
    expect(factor).toBeLessThan(1.1)
  })

  it('follows a provider that changes', () => {
    let counter = calibratedCounter({ calibration: { factor: 1.5, weight: 1_000_000 } })
    for (let i = 0; i < 60; i++) counter = counter.calibrate({ estimated: counter(text.repeat(100)), actual: 1_400 })
    expect(Math.abs(counter(text.repeat(100)) - 1_400)).toBeLessThan(100)
  })

  it('leaves the counter it came from as it was', () => {
    const before = calibratedCounter()
    before.calibrate({ estimated: 100_000, actual: 200_000 })
    expect(before(text)).toBe(estimateTokens(text))
  })

  it('goes on from what was kept', () => {
    const learned = calibrate({ estimated: 9_000, actual: 12_000 })
    const again = calibratedCounter({ calibration: JSON.parse(JSON.stringify(learned.calibration)) })
    expect(again(text)).toBe(learned(text))
    expect(again.calibrate({ estimated: 900, actual: 800 }).calibration).toEqual(
      learned.calibrate({ estimated: 900, actual: 800 }).calibration,
    )
  })

  it('works over any counter', () => {
    const counter = calibrate({ estimated: 1_000_000, actual: 2_000_000 }, { count: (each: string) => each.length })
    expect(counter(text)).toBeGreaterThan(1.9 * text.length)
  })

  it('stays a counter whatever is reported', () => {
    const tokens = fc.double({ min: Number.MIN_VALUE, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.record({ estimated: tokens, actual: tokens })), (reports) => {
        const counter = reports.reduce((each, usage) => each.calibrate(usage), calibratedCounter())
        const { factor } = counter.calibration
        return factor >= 0.2 && factor <= 5 && Number.isSafeInteger(counter(text))
      }),
    )
  })

  it.each([
    { estimated: 0, actual: 10 },
    { estimated: 10, actual: Number.NaN },
    { estimated: 10, actual: Number.POSITIVE_INFINITY },
    { estimated: -1, actual: 10 },
  ])('refuses a report that is none: %o', (usage) => {
    expect(() => calibrate(usage)).toThrow(expect.objectContaining({ code: 'CALIBRATION_INVALID' }))
  })

  it.each([
    { factor: 0, weight: 1 },
    { factor: 1, weight: Number.NaN },
    { factor: 9, weight: 1 },
  ])('refuses a calibration that is none: %o', (calibration) => {
    expect(() => calibratedCounter({ calibration })).toThrow(expect.objectContaining({ code: 'CALIBRATION_INVALID' }))
  })
})

describe('gptTokenCounter', () => {
  it('counts as OpenAI does, by encoding', async () => {
    const [o200k, cl100k] = await Promise.all([gptTokenCounter(), gptTokenCounter('cl100k_base')])
    expect(o200k('Hello, world!')).toBe(4)
    expect(cl100k('你好，世界')).toBeGreaterThan(o200k('你好，世界'))
  })

  it.each(['o200k_base', 'o200k_harmony', 'cl100k_base', 'p50k_base', 'r50k_base'] as const)(
    'knows the encoding %s',
    async (encoding) => {
      expect((await gptTokenCounter(encoding))('Hello')).toBe(1)
    },
  )

  it('takes what looks like a special token for text', async () => {
    const count = await gptTokenCounter()
    expect(count('<|endoftext|>')).toBeGreaterThan(1)
  })

  it('names the encodings when it is asked for another', async () => {
    await expect(gptTokenCounter('gpt-9' as 'o200k_base')).rejects.toMatchObject({ code: 'ENCODING_UNKNOWN' })
    await expect(gptTokenCounter('toString' as 'o200k_base')).rejects.toMatchObject({ code: 'ENCODING_UNKNOWN' })
  })
})
