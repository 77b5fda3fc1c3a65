import { EverthreadError } from '../errors.ts'

/** @throws `CONTEXT_OPTIONS_INVALID` for an option that nobody reads: it would be ignored in silence */
export function refuseUnknown(where: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(checkedObject(where, options)).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(where, `there is no option "${unknown}"; known are ${known.join(', ')}`)
}

/** @throws `CONTEXT_OPTIONS_INVALID` */
export function checkedObject<T extends object>(where: string, options: T): T {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
  throw invalid(where, 'options must be an object')
}

export function invalid(where: string, problem: string): EverthreadError {
  return new EverthreadError('CONTEXT_OPTIONS_INVALID', `Correct ${where}: ${problem}`)
}

/** A whole number from `least` on. @throws `CONTEXT_OPTIONS_INVALID` */
export function whole(where: string, name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw invalid(where, `"${name}" must be a whole number of at least ${least}`)
}

/** A number above 0, up to `most`. @throws `CONTEXT_OPTIONS_INVALID` */
export function positive(where: string, name: string, value: unknown, most: number = Number.MAX_VALUE): number {
  if (typeof value === 'number' && value > 0 && value <= most) return value
  throw invalid(where, `"${name}" must be a number above 0${most < Number.MAX_VALUE ? ` and at most ${most}` : ''}`)
}

/** @throws `CONTEXT_OPTIONS_INVALID` */
export function callable<F>(where: string, name: string, value: F): F {
  if (typeof value === 'function') return value
  throw invalid(where, `"${name}" must be a function`)
}

/** A size in tokens, or a share of the window when it is at most 1. @throws `CONTEXT_OPTIONS_INVALID` */
export function tokensOf(where: string, name: string, size: number, window: number | undefined): number {
  if (size > 1) return size
  if (window === undefined)
    throw invalid(where, `"${name}" is a share of the window: give prune the "window" in tokens`)
  return size * window
}
