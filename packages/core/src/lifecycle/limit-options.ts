import { EverthreadError } from '../errors.ts'

/**
 * What happens when one more session would be one too many: the one that was made first is archived, or the one that
 * has been idle for longest; or the new one is refused. Sessions with a turn under way, or that wait for an answer, are
 * left alone.
 */
export type OnLimit = 'evict-oldest' | 'evict-idle' | 'reject'

export interface Limit {
  /** So many sessions are active or idle at once, at most. */
  max: number
  onLimit: OnLimit
}

export interface LimitOptions {
  /** Sessions of one user. `true`: 5, of which the oldest goes. A number: as many. */
  perUser?: boolean | number | Partial<Limit>
  /** Sessions of the tenant. */
  total?: number | (Partial<Limit> & { max: number })
}

export interface Limits {
  perUser?: Limit
  total?: Limit
}

const PER_USER = 5
const POLICIES: readonly unknown[] = ['evict-oldest', 'evict-idle', 'reject'] satisfies OnLimit[]

const wrong = (message: string): EverthreadError => new EverthreadError('LIMIT_INVALID', message)

/** @throws `LIMIT_INVALID` */
export function resolveLimits(options: unknown): Limits {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrong('Give limits as an object: { perUser, total }')
  }
  const { perUser, total, ...more } = options as Record<string, unknown>
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) throw wrong(`Leave out "${unknown.slice(0, 40)}" of limits: it knows perUser and total`)
  const ofUser = perUser === true ? {} : perUser === false ? undefined : perUser
  return {
    ...(ofUser === undefined ? {} : { perUser: limitOf(ofUser, 'perUser', PER_USER) }),
    ...(total === undefined ? {} : { total: limitOf(total, 'total', undefined) }),
  }
}

function limitOf(given: unknown, name: string, most: number | undefined): Limit {
  if (typeof given === 'number') return limitOf({ max: given }, name, most)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong(`Give limits.${name} as a number, or as { max, onLimit }`)
  }
  const { max = most, onLimit = 'evict-oldest', ...more } = given as Record<string, unknown>
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) throw wrong(`Leave out "${unknown.slice(0, 40)}" of limits.${name}`)
  if (!Number.isSafeInteger(max) || (max as number) < 1)
    throw wrong(`Give limits.${name}.max as a whole number above 0`)
  if (!POLICIES.includes(onLimit)) throw wrong(`Give limits.${name}.onLimit as one of ${POLICIES.join(', ')}`)
  return { max: max as number, onLimit: onLimit as OnLimit }
}
