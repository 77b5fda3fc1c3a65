import { EverthreadError } from '../errors.ts'

/** @throws `CONTEXT_OPTIONS_INVALID` for an option that nobody reads: it would be ignored in silence */
export function refuseUnknown(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw invalid(where, 'options must be an object')
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(where, `there is no option "${unknown}"; known are ${known.join(', ')}`)
}

function invalid(where: string, problem: string): EverthreadError {
  return new EverthreadError('CONTEXT_OPTIONS_INVALID', `Correct ${where}: ${problem}`)
}
