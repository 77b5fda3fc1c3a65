export { type Appended, packAppended, unpackAppended } from './checkpoint/appended.ts'
export { CheckpointEngine, type EngineOptions } from './checkpoint/engine.ts'
export type { Fence } from './checkpoint/fence.ts'
export type { LoadedCheckpoint, LoadedWrite } from './checkpoint/loader.ts'
export type { Keep, Pruned } from './checkpoint/prune.ts'
export type { Candidate } from './checkpoint/prune-scan.ts'
export type { HandedOver, PutCheckpoint } from './checkpoint/put-request.ts'
export type { PutWrites } from './checkpoint/put-writes.ts'
export type { SessionExpiry, SessionRow } from './checkpoint/session-row.ts'
export type { UpdateSession } from './checkpoint/session-rows.ts'
export type { SessionState } from './checkpoint/session-state.ts'
export type { HistoryFormat, ValueFormat } from './checkpoint/value-format.ts'
export { contentSnapshots } from './codec/capture.ts'
export { createSerialiser, type Extension, type Serialiser } from './codec/serialise.ts'
export { isPlainJson } from './codec/serialise-plain.ts'
export type { SnapshotList, Snapshotter } from './codec/snapshot.ts'
export { identitySnapshots } from './codec/walk.ts'
export type { CommandOptions, CommandOutput } from './commands/command-work.ts'
export { COMMANDS, type CommandName, type ParsedCommand, parseCommand } from './commands/parse-command.ts'
export { type CommandResult, runCommand } from './commands/run-command.ts'
export type { Compaction, CompactionModel, CompactionReceipt } from './context/compaction/compaction.ts'
export type { CompactOptions } from './context/compaction/options.ts'
export type { CompactionTriggers } from './context/compaction/triggers.ts'
export type { ContextDifference } from './context/diff.ts'
export type { Codec, CodecOptions, MasterKey } from './contract/codec.ts'
export { joinKey, lastSegment, splitKey } from './contract/key.ts'
export { LIMITS } from './contract/limits.ts'
export { nameInKind, partitionOfKind } from './contract/partition.ts'
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
export { EverthreadError, FencedError, SessionBusyError } from './errors.ts'
export type { ExportFormat, ExportOptions } from './export/export-session.ts'
export type { ImportOptions } from './export/place-import.ts'
export type { DocumentSource } from './export/read-document.ts'
export type { DirectScope, ScopeOptions, SessionScope } from './keys/scope.ts'
export { scopeKey } from './keys/scope-key.ts'
export { LifecycleManager, type LifecycleOptions, type MemoryOptions } from './lifecycle/lifecycle-manager.ts'
export type { Limit, LimitOptions, OnLimit } from './lifecycle/limit-options.ts'
export type { Changed, Observation, Observed, Verdict } from './lifecycle/observation.ts'
export type { AnomalyOptions, AnomalyPolicy, ObserveOptions } from './lifecycle/observe.ts'
export { type Native, type NeutralMessage, textOf } from './message/message.ts'
export { isPart, type Part, type ToolCallPart, type ToolCallResponsePart } from './message/part.ts'
export { isNeutralMessage, validateMessage } from './message/validate.ts'
export { type DueReset, dueReset, type ResetSituation } from './reset/due-reset.ts'
export type { DailyReset, ResetPolicy, ResetRule } from './reset/reset-policy.ts'
export type { AdaptiveConcurrency } from './scheduler/adaptive-capacity.ts'
export type { AttentionState, Heartbeat } from './scheduler/attention.ts'
export type { Budget, BudgetPeriod, BudgetScope, Degraded, OverBudget } from './scheduler/budget.ts'
export type { Load } from './scheduler/capacity.ts'
export { AGEING_BOUND_MS, compareTurns } from './scheduler/compare-turns.ts'
export type { ClassFigures, SchedulerStats, WaitFigures } from './scheduler/figures.ts'
export type { TurnLimits } from './scheduler/limits.ts'
export { type DrainOptions, type HeartbeatAs, ProcessScheduler } from './scheduler/process-scheduler.ts'
export type { SchedulerEvent, SchedulerEventHandler, SchedulerEventType } from './scheduler/scheduler-event.ts'
export type { ProcessSchedulerOptions } from './scheduler/scheduler-options.ts'
export type { CompareTurns, WaitingTurn } from './scheduler/waiting-turn.ts'
export type { SessionManagerOptions } from './session/manager-options.ts'
export type { CheckpointOptions } from './session/save-by-turns.ts'
export type { SavedCheckpoint } from './session/saved-checkpoint.ts'
export { ServiceHandle } from './session/service-handle.ts'
export { Session } from './session/session.ts'
export type { Branch, Fork, SessionBranches } from './session/session-branches.ts'
export type { ListCheckpoints, SaveCheckpoint, SessionCheckpoints } from './session/session-checkpoints.ts'
export type { CompactIfDue } from './session/session-compaction.ts'
export type {
  BuildContext,
  BuildContextFrom,
  ContextInspection,
  InspectContext,
  ListedCompaction,
  SessionContext,
} from './session/session-context.ts'
export type { SessionData } from './session/session-data.ts'
export type { SessionEvent, SessionEventHandler, SessionEventType } from './session/session-event.ts'
export type { ExpiryOptions } from './session/session-expiry.ts'
export type { CreateSession } from './session/session-fields.ts'
export type {
  AnalyticsQuery,
  GroupBy,
  SessionAnalytics,
  SessionFigures,
  SessionGroup,
  SessionStats,
} from './session/session-figures.ts'
export { type RestoreLatest, SessionHandle, type SessionPage } from './session/session-handle.ts'
export type { ListSessions, SessionFilter } from './session/session-list.ts'
export { SessionManager } from './session/session-manager.ts'
export type { AppendMessagesOptions, ListMessages, SessionMessages } from './session/session-messages.ts'
export type { ResetOptions } from './session/session-reset.ts'
export type { SessionStatus } from './session/session-status.ts'
export type { FollowOptions, SessionTurns } from './session/session-turns.ts'
export type { Undone } from './session/session-undo.ts'
export type { SessionPatch, Updatable } from './session/session-update.ts'
export type { Redact } from './share/redact.ts'
export { SessionShares, type Share, type ShareOptions, type ShareScope } from './share/session-shares.ts'
export { SharedSession } from './share/shared-session.ts'
export { createStore } from './stores/create-store.ts'
export type { AgentConfig, AgentContext, Templates } from './template/template.ts'
export type { TitleModel, TitleOptions } from './title/generate-title.ts'
export { SessionTools, type ToolReuse, type ToolSearch } from './tools/session-tools.ts'
export type { ToolUse } from './tools/tool-history.ts'
export type { Cost } from './turn/cost.ts'
export type { Complexity } from './turn/gate.ts'
export { Lock, type LockOptions } from './turn/lock.ts'
export type { OnBusy, Priority, PriorityClass } from './turn/on-busy.ts'
export type { Scheduled, TurnRecord, TurnState } from './turn/record.ts'
export type { Recovered } from './turn/recovery.ts'
export { Turn } from './turn/turn.ts'
export type { TurnData } from './turn/turn-data.ts'
export type { TurnOptions } from './turn/turn-options.ts'
