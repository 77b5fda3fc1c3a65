import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { LifecycleOptions } from './lifecycle-manager.ts'

const KNOWN = ['sessions', 'sweepEveryMs', 'limits', 'memory', 'anomaly', 'onEvent', 'onError'] as const
/** What a timer of Node can wait. */
const MOST_MS = 2 ** 31 - 1

const wrong = (message: string): EverthreadError => new EverthreadError('LIFECYCLE_INVALID', message)

/** @throws `SESSIONS_MISSING`, `LIFECYCLE_INVALID` */
export function checkLifecycle(options: LifecycleOptions): LifecycleOptions {
  if (typeof options?.sessions !== 'object' || options.sessions === null) {
    throw new EverthreadError('SESSIONS_MISSING', 'Give it the sessions: new LifecycleManager({ sessions })')
  }
  knownOptions(options, KNOWN, 'LIFECYCLE_INVALID')
  checkMs(options.sweepEveryMs, 'sweepEveryMs')
  for (const name of ['onEvent', 'onError'] as const) checkFunction(options[name], name)
  const { memory, anomaly } = options
  if (memory !== undefined && memory !== false) {
    knownOptions(memory, ['share', 'archives', 'everyMs', 'gauge'], 'LIFECYCLE_INVALID', 'memory')
    if (memory.archives !== undefined && typeof memory.archives !== 'boolean') {
      throw wrong('Give memory.archives as true or false')
    }
    checkMs(memory.everyMs, 'memory.everyMs')
    checkFunction(memory.gauge, 'memory.gauge')
    const { share } = memory
    if (share !== undefined && !(typeof share === 'number' && share > 0 && share <= 1)) {
      throw wrong('Give memory.share as a number above 0, up to 1')
    }
  }
  if (anomaly !== undefined) {
    knownOptions(anomaly, ['policy', 'suddenMs'], 'LIFECYCLE_INVALID', 'anomaly')
    checkMs(anomaly.suddenMs, 'anomaly.suddenMs')
    const { policy } = anomaly
    if (policy !== undefined && typeof policy !== 'function' && !['allow', 'challenge', 'end'].includes(policy)) {
      throw wrong('Give anomaly.policy as allow, challenge, end, or a function that gives one of them')
    }
  }
  return options
}

function checkFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'function') throw wrong(`Give ${name} as a function`)
}

function checkMs(value: unknown, name: string): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= MOST_MS))
    return
  throw wrong(`Give ${name} as a whole number of milliseconds above 0`)
}
