import { EverthreadError, type Store } from '@everthread/core'
import type { ListNamespacesOperation } from '@langchain/langgraph-checkpoint'
import { matches, pathOf } from './namespace.ts'
import { namespacesUnder } from './scan.ts'
import { checkPaging } from './search.ts'

/**
 * Namespaces that have items, in their order, cut to `maxDepth` labels.
 *
 * @throws `QUERY_INVALID`
 */
export async function listNamespaces(
  store: Store,
  tenant: string,
  { matchConditions = [], maxDepth, limit = 100, offset = 0 }: Partial<ListNamespacesOperation>,
): Promise<string[][]> {
  checkPaging({ limit, offset })
  if (maxDepth !== undefined && (!Number.isSafeInteger(maxDepth) || maxDepth < 1)) {
    throw new EverthreadError('QUERY_INVALID', 'Give maxDepth as a whole number from 1')
  }
  const found = new Map<string, string[]>()
  for await (const namespace of namespacesUnder(store, tenant, literalPrefix(matchConditions))) {
    if (found.size >= offset + limit) break
    if (!matchConditions.every((condition) => matches(namespace, condition))) continue
    const cut = namespace.slice(0, maxDepth)
    found.set(pathOf(cut), cut)
  }
  return [...found.values()].slice(offset, offset + limit)
}

/** What all that match start with, as far as it holds no wildcard. */
function literalPrefix(conditions: NonNullable<ListNamespacesOperation['matchConditions']>): string[] {
  const path = conditions.find(({ matchType }) => matchType === 'prefix')?.path ?? []
  const wildcard = path.indexOf('*')
  return wildcard < 0 ? path : path.slice(0, wildcard)
}
