import { EverthreadError } from './errors.ts'

/**
 * Options as they were given: an object, and nothing in it that nobody reads, which would be ignored in silence.
 *
 * @throws `code`
 */
export function knownOptions<T extends object>(
  options: T,
  known: readonly (keyof T & string)[],
  code: string,
  what = 'the options',
): T {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new EverthreadError(code, `Give ${what} as an object: { ${known.join(', ')} }`)
  }
  const unknown = Object.keys(options).find((name) => !(known as readonly string[]).includes(name))
  if (unknown === undefined) return options
  throw new EverthreadError(code, `Leave out "${unknown.slice(0, 40)}" of ${what}: known are ${known.join(', ')}`)
}
