import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'

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
export function resolveLimits(options: LimitOptions): Limits {
  const { perUser, total } = knownOptions(options, ['perUser', 'total'], 'LIMIT_INVALID', 'limits')
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
  const known = knownOptions<Partial<Limit>>(given, ['max', 'onLimit'], 'LIMIT_INVALID', `limits.${name}`)
  const { max = most, onLimit = 'evict-oldest' } = known
  if (!Number.isSafeInteger(max) || (max as number) < 1)
    throw wrong(`Give limits.${name}.max as a whole number above 0`)
  if (!POLICIES.includes(onLimit)) throw wrong(`Give limits.${name}.onLimit as one of ${POLICIES.join(', ')}`)
  return { max: max as number, onLimit }
}
