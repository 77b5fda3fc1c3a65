import type { Partition } from './store.ts'

/** What stands beside the sessions of a tenant has ids that start so. No session has. */
export const OWN_PREFIX = '.everthread/'

/**
 * A partition that holds no session, of a kind of its own, as web sessions and a graph's long-term memory are: neither
 * can reach into the other, nor a session into either.
 */
export function partitionOfKind(kind: string, tenant: string, name: string): Partition {
  return { tenant, id: `${OWN_PREFIX}${kind}/${name}` }
}

/** The name that a partition of this kind was given. */
export function nameInKind(kind: string, { id }: Partition): string {
  return id.slice(OWN_PREFIX.length + kind.length + 1)
}
