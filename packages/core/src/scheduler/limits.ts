import { EverthreadError } from '../errors.ts'
import type { Need } from './line.ts'

/** How many turns may run at once in this process, of one user, agent or tenant. */
export interface TurnLimits {
  perUser?: number
  perAgent?: number
  perTenant?: number
}

interface Subject {
  readonly tenant: string
  readonly sessionId: string
  readonly userId?: string | undefined
  readonly agentId?: string | undefined
}

/** @throws `LIMIT_INVALID` */
export function checkTurnLimits(limits: unknown): TurnLimits {
  if (limits === undefined) return {}
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits)) throw wrong(HOW)
  const { perUser, perAgent, perTenant, ...more } = limits as Record<string, unknown>
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) throw wrong(`Leave out "${unknown.slice(0, 40)}" of limits. ${HOW}`)
  for (const max of [perUser, perAgent, perTenant]) {
    if (max !== undefined && !(Number.isSafeInteger(max) && (max as number) > 0)) throw wrong(HOW)
  }
  return limits
}

/** What a turn needs a place of. One session has one turn at a time; who has no user or agent is not limited by it. */
export function needsOf({ tenant, sessionId, userId, agentId }: Subject, limits: TurnLimits): Need[] {
  const { perUser, perAgent, perTenant } = limits
  const needs: Need[] = [{ key: sessionKey(tenant, sessionId), max: 1 }]
  const add = (of: string, name: string | undefined, max: number | undefined): void => {
    if (name !== undefined && max !== undefined) needs.push({ key: `${of}\0${tenant}\0${name}`, max })
  }
  add('user', userId, perUser)
  add('agent', agentId, perAgent)
  add('tenant', '', perTenant)
  return needs
}

export const sessionKey = (tenant: string, sessionId: string): string => `session\0${tenant}\0${sessionId}`

const HOW = 'Give limits as { perUser, perAgent, perTenant }: whole numbers above 0'

const wrong = (message: string): EverthreadError => new EverthreadError('LIMIT_INVALID', message)
