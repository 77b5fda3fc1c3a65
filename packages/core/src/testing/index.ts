export { type ConformanceOptions, storeConformance } from './conformance.ts'
export type { StoreFactory, StoreFactoryOptions, StoreReopener } from './suite.ts'
