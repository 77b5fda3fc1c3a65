export { type ChatModel, chatModelWriter } from './context/chat-model.ts'
export {
  type ContextMiddleware,
  type ContextMiddlewareOptions,
  contextMiddleware,
  type ThreadCompaction,
} from './context/context-middleware.ts'
export { langchainLens } from './context/lens.ts'
export {
  EverthreadChatMessageHistory,
  type EverthreadChatMessageHistoryOptions,
} from './history/chat-message-history.ts'
export { EverthreadMemory, type EverthreadMemoryOptions } from './history/memory.ts'
export type { SessionSourceOptions } from './history/session-source.ts'
export { fromNeutral } from './messages/from-neutral.ts'
export { toNeutral } from './messages/to-neutral.ts'
export type { PruneOptions } from './saver/prune.ts'
export { EverthreadSaver } from './saver/saver.ts'
export type { EverthreadSaverOptions } from './saver/saver-options.ts'
export type { ThreadInfo, ThreadPage, ThreadQuery } from './saver/threads.ts'
export { EverthreadStore, type EverthreadStoreOptions, type TimedPut } from './store/everthread-store.ts'
export type { IndexedItem, VectorIndex } from './store/vector-index.ts'
export type { Embedder, IndexOptions } from './store/vectors.ts'
export { type RunHints, type WithTurnsOptions, withTurns } from './turns/with-turns.ts'
