import { EverthreadError } from '../errors.ts'
import { DAILY, type DailyReset, type ResetPolicy, type ResetRule } from './reset-policy.ts'
import { WallClock } from './wall-clock.ts'

export interface ResetSituation {
  /** Store time in ms, of the last thing that happened in the session. */
  lastActiveAt: number
  /** Store time in ms, of the message that comes. */
  now: number
  kind?: string | undefined
  channel?: string | undefined
  /** Whether a scope names the session. Only then is it reset without a policy. Default false. */
  scoped?: boolean
}

export interface DueReset {
  reason: 'daily' | 'idle'
  /** When it fell due, ms. */
  at: number
}

/**
 * Whether a session begins afresh with the message that comes now, and since when. By both clock and idleness, the
 * one that fell due first is named.
 *
 * @throws `RESET_INVALID` for a policy that is wrong
 */
export function dueReset(policy: ResetPolicy | undefined, situation: ResetSituation): DueReset | undefined {
  if (policy !== undefined) checkResetPolicy(policy)
  const rule = ruleOf(policy, situation)
  if (rule === 'off') return undefined
  const { lastActiveAt, now } = situation
  if (!isTime(lastActiveAt) || !isTime(now)) wrong('lastActiveAt and now must be times in ms')
  const due: DueReset[] = []
  if (rule.idleMinutes !== undefined && now - lastActiveAt >= rule.idleMinutes * 60_000) {
    due.push({ reason: 'idle', at: lastActiveAt + rule.idleMinutes * 60_000 })
  }
  const hour = rule.daily && firstAfter(rule.daily, lastActiveAt)
  if (hour !== undefined && hour <= now) due.push({ reason: 'daily', at: hour })
  return due.sort((a, b) => a.at - b.at)[0]
}

/** The rule that holds for a session: of its channel, else of its kind, else the base. */
export function ruleOf(
  policy: ResetPolicy | undefined,
  { kind, channel, scoped = false }: Pick<ResetSituation, 'kind' | 'channel' | 'scoped'>,
): ResetRule {
  const own = (rules: Record<string, ResetRule> | undefined, name: string | undefined): ResetRule | undefined =>
    rules && name !== undefined && Object.hasOwn(rules, name) ? rules[name] : undefined
  return own(policy?.byChannel, channel) ?? own(policy?.byKind, kind) ?? policy?.base ?? (scoped ? DAILY : 'off')
}

/** @throws `RESET_INVALID` */
export function checkResetPolicy(policy: ResetPolicy): void {
  if (!isRecord(policy as unknown)) wrong('it must be an object')
  for (const name in policy) if (!['base', 'byKind', 'byChannel'].includes(name)) wrong(`"${name}" is no part of it`)
  const { base, byKind = {}, byChannel = {} } = policy
  if (!isRecord(byKind) || !isRecord(byChannel)) wrong('byKind and byChannel must be objects')
  if (base !== undefined) checkRule(base)
  for (const rule of [...Object.values(byKind), ...Object.values(byChannel)]) checkRule(rule)
}

/** The first time after a moment at which the hour of the day comes round. */
function firstAfter({ hour, timeZone = 'UTC' }: DailyReset, moment: number): number | undefined {
  const clock = clockOf(timeZone)
  const { year, month, day } = clock.dateAt(moment)
  // One of the dates may be left out: three are enough.
  const hours = [0, 1, 2].map((days) => clock.timeOf({ year, month, day: day + days }, hour))
  return hours.find((time) => time !== undefined && time > moment)
}

const clocks = new Map<string, WallClock>()

function clockOf(timeZone: string): WallClock {
  let clock = clocks.get(timeZone)
  if (!clock) {
    try {
      clock = new WallClock(timeZone)
    } catch (cause) {
      throw new EverthreadError('RESET_INVALID', 'Give timeZone as an IANA name, such as "Europe/Berlin"', { cause })
    }
    clocks.set(timeZone, clock)
  }
  return clock
}

function checkRule(rule: ResetRule): void {
  if (rule === 'off') return
  if (!isRecord(rule)) wrong('a rule is "off" or an object')
  for (const name in rule) if (!['daily', 'idleMinutes'].includes(name)) wrong(`"${name}" is no part of a rule`)
  const { daily, idleMinutes } = rule
  if (daily === undefined && idleMinutes === undefined) wrong('a rule needs daily or idleMinutes; or say "off"')
  if (idleMinutes !== undefined && !(Number.isFinite(idleMinutes) && idleMinutes > 0)) {
    wrong('idleMinutes must be a number above 0')
  }
  if (daily === undefined) return
  if (!isRecord(daily)) wrong('daily must be an object with an hour')
  if (!Number.isInteger(daily.hour) || daily.hour < 0 || daily.hour > 23) wrong('hour must be a whole number, 0 to 23')
  if (daily.timeZone !== undefined && typeof daily.timeZone !== 'string') wrong('timeZone must be an IANA name')
  clockOf(daily.timeZone ?? 'UTC')
}

const isTime = (value: unknown): boolean => !Number.isNaN(new Date(value as number).getTime()) && Number.isFinite(value)

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

function wrong(problem: string): never {
  throw new EverthreadError('RESET_INVALID', `Correct the reset policy: ${problem}`)
}
