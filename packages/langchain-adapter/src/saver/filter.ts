import { isDeepStrictEqual } from 'node:util'

/** Whether every field of the filter is in the metadata, equal. */
export function matchesFilter(metadata: object | undefined, filter: Record<string, unknown> | undefined): boolean {
  const fields = metadata as Record<string, unknown> | undefined
  return Object.entries(filter ?? {}).every(([key, value]) => isDeepStrictEqual(fields?.[key], value))
}
