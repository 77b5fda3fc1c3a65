export { type ConformanceOptions, storeConformance } from './conformance.ts'
export { type MatchOptions, storeMatchesMemory } from './matches-memory.ts'
export type { StoreFactory, StoreFactoryOptions, StoreReopener } from './suite.ts'
