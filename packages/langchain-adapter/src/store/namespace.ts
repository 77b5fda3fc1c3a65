import { EverthreadError, joinKey, nameInKind, type Partition, partitionOfKind, splitKey } from '@everthread/core'
import { InvalidNamespaceError, type MatchCondition } from '@langchain/langgraph-checkpoint'

const KIND = 'store'

/** Every namespace of the tenant that has items. */
export const NAMESPACES = 'store-namespaces'

export const partitionOf = (tenant: string, namespace: readonly string[]): Partition =>
  partitionOfKind(KIND, tenant, pathOf(namespace))
export const namespaceIn = (partition: Partition): string[] => splitKey(nameInKind(KIND, partition))

/** What namespaces are sorted by. */
export const pathOf = (namespace: readonly string[]): string => joinKey(...namespace)

/**
 * By the rules of LangGraph's own stores: labels that are not empty and hold no period, the first not `langgraph`.
 *
 * @throws `NAMESPACE_INVALID`
 */
export function checkNamespace(namespace: unknown): string[] {
  if (!Array.isArray(namespace) || namespace.length === 0) throw invalid('as a list of at least one label')
  const labels = checkLabels(namespace)
  if (labels[0] === 'langgraph') throw invalid('with another first label: "langgraph" is reserved')
  return labels
}

/** As {@link checkNamespace}, for what may be empty: the start of namespaces. */
export function checkPrefix(prefix: unknown): string[] {
  if (!Array.isArray(prefix)) throw invalid('as a list of labels')
  return checkLabels(prefix)
}

function checkLabels(labels: unknown[]): string[] {
  for (const label of labels) {
    if (typeof label !== 'string' || label === '' || label.includes('.')) {
      throw invalid('with labels that are strings, not empty and without a period')
    }
  }
  return labels as string[]
}

function invalid(how: string): EverthreadError {
  const message = `Give the namespace ${how}`
  return new EverthreadError('NAMESPACE_INVALID', message, { cause: new InvalidNamespaceError(message) })
}

/** A range of {@link NAMESPACES} that has all namespaces at and under the prefix, and may have others. */
export function rangeUnder(prefix: readonly string[]): { from?: string; to?: string } {
  if (prefix.length === 0) return {}
  const from = pathOf(prefix)
  // '0' follows '/', which joins the labels.
  return { from, to: `${from}0` }
}

export function startsWith(namespace: readonly string[], prefix: readonly string[]): boolean {
  return matchesAt(namespace, prefix, 0)
}

/** @throws `QUERY_INVALID` */
export function matches(namespace: readonly string[], { matchType, path }: MatchCondition): boolean {
  if (matchType === 'prefix') return matchesAt(namespace, path, 0)
  if (matchType === 'suffix') return matchesAt(namespace, path, namespace.length - path.length)
  throw new EverthreadError('QUERY_INVALID', 'Give matchConditions with the matchType "prefix" or "suffix"')
}

/** `*` stands for any label. */
function matchesAt(namespace: readonly string[], path: readonly string[], at: number): boolean {
  if (at < 0 || path.length + at > namespace.length) return false
  return path.every((label, i) => label === '*' || label === namespace[at + i])
}
