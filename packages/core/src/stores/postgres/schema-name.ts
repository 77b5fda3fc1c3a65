import { EverthreadError } from '../../errors.ts'

/** The schema's name, quoted for use in SQL. Raises `OPTIONS_INVALID`. */
export function quoteSchema(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,47}$/.test(name)) {
    throw new EverthreadError('OPTIONS_INVALID', 'schema must be a plain name: letters, digits and _, at most 48.')
  }
  return `"${name}"`
}
