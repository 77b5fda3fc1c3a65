import type { Store, StoreDriver } from '../../packages/core/src/contract/store.ts'
import { createStore } from '../../packages/core/src/stores/create-store.ts'
import { memoryDriver } from '../../packages/core/src/stores/memory.ts'
import { storeConformance } from '../../packages/core/src/testing/index.ts'

const memories = new WeakMap<Store, StoreDriver>()

storeConformance(
  ({ codec, clock }) => {
    const driver = memoryDriver(clock ? { clock } : {})
    const store = createStore(driver, codec ? { codec } : {})
    memories.set(store, driver)
    return store
  },
  {
    name: 'memory store',
    reopen: (store, { codec }) => createStore(memories.get(store) as StoreDriver, codec ? { codec } : {}),
  },
)
