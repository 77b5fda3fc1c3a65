export { CheckpointEngine, type EngineOptions } from './checkpoint/engine.ts'
export type { LoadedCheckpoint, LoadedWrite } from './checkpoint/loader.ts'
export type { Keep, Pruned } from './checkpoint/prune.ts'
export type { Candidate } from './checkpoint/prune-scan.ts'
export type { PutCheckpoint } from './checkpoint/put.ts'
export type { PutWrites } from './checkpoint/put-writes.ts'
export type { SessionRow } from './checkpoint/session-row.ts'
export type { HistoryFormat, ValueFormat } from './checkpoint/value-format.ts'
export { contentSnapshots } from './codec/capture.ts'
export { createSerialiser, type Extension, type Serialiser } from './codec/serialise.ts'
export type { SnapshotList, Snapshotter } from './codec/snapshot.ts'
export { identitySnapshots } from './codec/walk.ts'
export type { Codec, CodecOptions, MasterKey } from './contract/codec.ts'
export { joinKey, lastSegment, splitKey } from './contract/key.ts'
export { LIMITS } from './contract/limits.ts'
export type { Clock } from './contract/ports.ts'
export type {
  Bytes,
  Commit,
  Expect,
  IndexEntry,
  IndexHit,
  IndexPage,
  IndexQuery,
  Key,
  Op,
  Outcome,
  Partition,
  Read,
  Row,
  Snapshot,
  Store,
  StoreDriver,
} from './contract/store.ts'
export { EverthreadError, FencedError } from './errors.ts'
export { type Native, type NeutralMessage, textOf } from './message/message.ts'
export { isPart, type Part, type ToolCallPart, type ToolCallResponsePart } from './message/part.ts'
export { isNeutralMessage, validateMessage } from './message/validate.ts'
export { createStore } from './stores/create-store.ts'
