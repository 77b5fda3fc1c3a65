import { memoryStore } from '@everthread/core/memory'
import type { Subject } from './subject.ts'

/** Handles share the one store: there is no second process in memory. */
export const memory: Subject = {
  name: 'memory',
  create: (codec) => {
    const store = memoryStore(codec ? { codec } : {})
    return { open: () => store, remove: async () => {} }
  },
}
