import { EverthreadError } from '../errors.ts'

/**
 * Parses what a row holds.
 *
 * @throws `CHECKPOINT_CORRUPT` when it is not what was written there
 */
export function parseStored<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw corrupt(`The stored ${what} cannot be read`, cause)
  }
}

export const corrupt = (what: string, cause?: unknown): EverthreadError =>
  new EverthreadError('CHECKPOINT_CORRUPT', `${what}; restore the database from a backup`, { cause })
