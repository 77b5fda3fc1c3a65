import { memoryStore } from '../../packages/core/src/stores/memory.ts'
import { storeMatchesMemory } from '../../packages/core/src/testing/index.ts'

// Two memory stores agree: what this holds is that the property itself is sound, clock and randomness included.
storeMatchesMemory(memoryStore, { name: 'memory store', runs: 200 })
