import { arrayBuffer, buffer, view } from './bytes.ts'
import { bare, escaped, map, type Shape, set, sparse } from './collections.ts'
import { error } from './errors.ts'
import type { Kind } from './kind.ts'
import { date, regexp, url } from './scalars.ts'

/** Kinds of objects that belong to a class of the language. In the order of the tests: a Buffer is a view, too. */
export const classKinds: readonly Kind[] = [map, set, date, error, buffer, view, arrayBuffer, regexp, url]

/** Arrays and objects whose shape needs words of its own. */
export const shapeKinds: readonly Shape[] = [sparse, escaped, bare]

/** The kind of an instance of a class of the language, or undefined. */
export function kindOf(value: object): Kind | undefined {
  for (const kind of classKinds) if (kind.test(value)) return kind
  return undefined
}
