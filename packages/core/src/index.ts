export { type Capture, type Capturer, createCapturer } from './codec/capture.ts'
export { createSerialiser, type Extension, type Serialiser } from './codec/serialise.ts'
export type { LoadedCheckpoint, LoadedWrite } from './checkpoint/loader.ts'
export { CheckpointEngine, type EngineOptions } from './checkpoint/engine.ts'
export type { PutCheckpoint } from './checkpoint/put.ts'
export type { PutWrites } from './checkpoint/put-writes.ts'
export type { HistoryFormat, ValueFormat } from './checkpoint/value-format.ts'
export type { Codec, CodecOptions, MasterKey } from './contract/codec.ts'
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
export { joinKey, lastSegment, splitKey } from './contract/key.ts'
export { LIMITS } from './contract/limits.ts'
export { EverthreadError, FencedError } from './errors.ts'
export type { NeutralMessage } from './message/message.ts'
export { isPart, type Part, type ToolCallPart, type ToolCallResponsePart } from './message/part.ts'
export { createStore } from './stores/create-store.ts'
