import { EverthreadError } from '@everthread/core'

/** @throws `OPTIONS_INVALID` for an option that nobody reads: it would be ignored in silence */
export function refuseUnknown(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw wrongOptions(`Give ${where} its options as an object`)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw wrongOptions(`Leave out "${unknown.slice(0, 40)}" of ${where}: it knows ${known.join(', ')}`)
}

export const wrongOptions = (message: string): EverthreadError => new EverthreadError('OPTIONS_INVALID', message)
