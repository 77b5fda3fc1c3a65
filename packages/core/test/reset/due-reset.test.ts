import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueReset, type ResetPolicy, type ResetRule } from '../../src/index.ts'

const at = (text: string): number => Date.parse(text)
const daily = (hour: number, timeZone?: string): ResetPolicy => ({
  base: { daily: timeZone === undefined ? { hour } : { hour, timeZone } },
})

/** When the reset is due that the next message would bring, as text; looked for as late as may be. */
function due(policy: ResetPolicy, lastActive: string): string | undefined {
  const found = dueReset(policy, { lastActiveAt: at(lastActive), now: at(lastActive) + 3 * 86_400_000 })
  return found && new Date(found.at).toISOString()
}

describe('a daily reset', () => {
  it('is due with the first message after the hour, and not again before the next day', () => {
    const policy = daily(4)
    const lastActiveAt = at('2026-11-24T03:59:00Z')
    expect(dueReset(policy, { lastActiveAt, now: at('2026-11-24T03:59:59Z') })).toBeUndefined()
    expect(dueReset(policy, { lastActiveAt, now: at('2026-11-24T04:00:00Z') })).toEqual({
      reason: 'daily',
      at: at('2026-11-24T04:00:00Z'),
    })
    const after = { lastActiveAt: at('2026-11-24T04:00:00Z') }
    expect(dueReset(policy, { ...after, now: at('2026-11-25T03:59:59Z') })).toBeUndefined()
    expect(dueReset(policy, { ...after, now: at('2026-11-29T12:00:00Z') })?.at).toBe(at('2026-11-25T04:00:00Z'))
  })

  it.each([
    // Berlin: 02:00 to 03:00 on 2026-03-29, 03:00 to 02:00 on 2026-10-25.
    ['before summer time', 4, 'Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T02:00:00.000Z'],
    ['in summer time', 4, 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-30T02:00:00.000Z'],
    ['after summer time', 4, 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T03:00:00.000Z'],
    [
      'an hour that is jumped over: at the jump',
      2,
      'Europe/Berlin',
      '2026-03-28T12:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    ['an hour that comes twice: the first', 2, 'Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-25T00:00:00.000Z'],
    ['and not at the second', 2, 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-26T01:00:00.000Z'],
    // New York: 02:00 to 03:00 on 2026-03-08, 02:00 to 01:00 on 2026-11-01.
    ['New York before summer time', 4, 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-08T08:00:00.000Z'],
    ['New York, jumped over', 2, 'America/New_York', '2026-03-07T12:00:00Z', '2026-03-08T07:00:00.000Z'],
    ['New York, twice', 1, 'America/New_York', '2026-10-31T12:00:00Z', '2026-11-01T05:00:00.000Z'],
    ['New York, between the two', 1, 'America/New_York', '2026-11-01T05:30:00Z', '2026-11-02T06:00:00.000Z'],
    // Midnight itself is jumped over in Beirut on 2026-03-29; half an hour in Lord Howe on 2026-10-04.
    ['a midnight that is jumped over', 0, 'Asia/Beirut', '2026-03-28T12:00:00Z', '2026-03-28T22:00:00.000Z'],
    ['a jump of half an hour', 2, 'Australia/Lord_Howe', '2026-10-03T12:00:00Z', '2026-10-03T15:30:00.000Z'],
    // Samoa had no 2011-12-30.
    ['a day that a zone left out', 4, 'Pacific/Apia', '2011-12-29T20:00:00Z', '2011-12-30T14:00:00.000Z'],
    ['half past by UTC', 4, 'Asia/Kolkata', '2026-11-24T00:00:00Z', '2026-11-24T22:30:00.000Z'],
  ])('%s', (_, hour, timeZone, lastActive, expected) => {
    expect(due(daily(hour, timeZone), lastActive)).toBe(expected)
  })

  it('comes at the first moment of each date at which the clock shows its hour or a later one', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Beirut', 'America/Santiago', 'UTC']
    const zone = fc.constantFrom(...zones)
    const start = fc.integer({ min: at('2024-01-01T00:00:00Z') / 900_000, max: at('2027-12-01T00:00:00Z') / 900_000 })
    fc.assert(
      fc.property(zone, fc.integer({ min: 0, max: 23 }), start, (timeZone, hour, quarter) => {
        const lastActiveAt = quarter * 900_000
        const expected = firstShown(timeZone, hour, lastActiveAt)
        const found = dueReset(daily(hour, timeZone), { lastActiveAt, now: lastActiveAt + 4 * 86_400_000 })
        expect(found?.at).toBe(expected)
      }),
      { numRuns: process.env.EVERTHREAD_SOAK ? 2_000 : 60 },
    )
  })

  /** As people would find it: by looking at the clock every quarter of an hour. */
  function firstShown(timeZone: string, hour: number, after: number): number {
    const clock = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short', timeStyle: 'short', hour12: false })
    const shown = (time: number): [string, number] => {
      const [date = '', hours = ''] = clock.format(time).split(', ')
      return [date, Number(hours.slice(0, 2)) % 24]
    }
    const done = new Set<string>()
    for (let time = after - 2 * 86_400_000; ; time += 900_000) {
      const [date, hours] = shown(time)
      if (hours < hour || done.has(date)) continue
      done.add(date)
      if (time > after) return time
    }
  }
})

describe('an idle reset', () => {
  const policy: ResetPolicy = { base: { idleMinutes: 30 } }

  it('is due after its minutes without activity', () => {
    const lastActiveAt = at('2026-11-24T12:00:00Z')
    expect(dueReset(policy, { lastActiveAt, now: at('2026-11-24T12:29:59Z') })).toBeUndefined()
    expect(dueReset(policy, { lastActiveAt, now: at('2026-11-24T12:30:00Z') })).toEqual({
      reason: 'idle',
      at: at('2026-11-24T12:30:00Z'),
    })
  })

  it('and a daily one: the first of them is named', () => {
    const both: ResetPolicy = { base: { idleMinutes: 60, daily: { hour: 4 } } }
    const now = at('2026-11-25T00:00:00Z')
    expect(dueReset(both, { lastActiveAt: at('2026-11-24T03:30:00Z'), now })?.reason).toBe('daily')
    expect(dueReset(both, { lastActiveAt: at('2026-11-24T02:30:00Z'), now })?.reason).toBe('idle')
  })
})

describe('the rule that holds', () => {
  const idle = (idleMinutes: number): ResetRule => ({ idleMinutes })
  const policy: ResetPolicy = {
    base: idle(10),
    byKind: { group: idle(20), job: 'off' },
    byChannel: { mail: idle(30), pager: 'off' },
  }
  const lastActiveAt = at('2026-11-24T12:00:00Z')
  const now = at('2026-12-24T12:00:00Z')
  const minutes = (kind?: string, channel?: string): number | undefined => {
    const found = dueReset(policy, { lastActiveAt, now, kind, channel })
    return found && (found.at - lastActiveAt) / 60_000
  }

  it('is that of the channel, else of the kind, else the base', () => {
    expect([minutes(), minutes('group'), minutes('group', 'mail'), minutes('other', 'other')]).toEqual([10, 20, 30, 10])
    expect([minutes('job'), minutes('group', 'pager'), minutes('job', 'mail')]).toEqual([undefined, undefined, 30])
    expect(minutes('constructor', '__proto__')).toBe(10)
  })

  it('without a policy is daily at 4 UTC for sessions that a scope names, and none for others', () => {
    expect(dueReset(undefined, { lastActiveAt, now })).toBeUndefined()
    expect(dueReset(undefined, { lastActiveAt, now, scoped: true })?.at).toBe(at('2026-11-25T04:00:00Z'))
    expect(dueReset({ base: 'off' }, { lastActiveAt, now, scoped: true })).toBeUndefined()
    expect(dueReset({ byKind: { x: 'off' } }, { lastActiveAt, now, scoped: true })?.reason).toBe('daily')
  })
})

it.each<[string, unknown]>([
  ['a rule that is a word', { base: 'daily' }],
  ['a rule without anything', { base: {} }],
  ['a rule with more', { base: { idleMinutes: 1, weekly: 1 } }],
  ['an hour beyond the day', { base: { daily: { hour: 24 } } }],
  ['a daily that is no object', { base: { daily: true } }],
  ['no minutes', { base: { idleMinutes: 0 } }],
  ['a zone that is not known', { base: { daily: { hour: 4, timeZone: 'Moon/Base' } } }],
  ['a zone that is no text', { base: { daily: { hour: 4, timeZone: 1 } } }],
])('a policy is refused: %s', (_, policy) => {
  const judge = () => dueReset(policy as ResetPolicy, { lastActiveAt: 0, now: 1 })
  expect(judge).toThrow(expect.objectContaining({ code: 'RESET_INVALID' }))
})

it('a time that is none is refused', () => {
  const judge = () => dueReset(daily(4), { lastActiveAt: Number.NaN, now: 1 })
  expect(judge).toThrow(expect.objectContaining({ code: 'RESET_INVALID' }))
})
