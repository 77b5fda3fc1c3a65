import type { Store } from '@everthread/core'

/** Round trips to stores that count them. */
export const trips = { commits: 0, reads: 0 }

export function counted(store: Store): Store {
  return {
    ...store,
    codec: store.codec,
    read: (...call) => {
      trips.reads++
      return store.read(...call)
    },
    commit: (...call) => {
      trips.commits++
      return store.commit(...call)
    },
    drop: (partition) => store.drop(partition),
    query: (...call) => store.query(...call),
    watch: (...call) => store.watch(...call),
    close: () => store.close(),
  }
}
