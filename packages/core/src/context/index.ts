export { applyPlan } from './apply-plan.ts'
export { type Budget, type BudgetOptions, budgetFor, type KindBudget } from './budget.ts'
export type { Compaction, CompactionModel, CompactionReceipt, ModelCallOptions } from './compaction/compaction.ts'
export { type CompactOptions, checkCompactOptions } from './compaction/options.ts'
export { type CompactionState, type CompactionTriggers, compactionDue } from './compaction/triggers.ts'
export type { Draft } from './draft.ts'
export type { DraftResult, ToolRetention } from './draft-results.ts'
export type { Priority } from './fit.ts'
export { type ChartOptions, contextChart, takesColour } from './inspect/chart.ts'
export { type ContextPart, type Inspection, type InspectOptions, inspectMessages } from './inspect/inspect.ts'
export { checkLegality, type LegalityOptions, type Violation } from './legality/check-legality.ts'
export type { OneProvider, Provider } from './legality/provider.ts'
export { type Repaired, repair } from './legality/repair.ts'
export type { RuleName } from './legality/rule.ts'
export type {
  CallView,
  FileView,
  Lens,
  MadeMessage,
  MessageView,
  OtherView,
  PartEdit,
  PartView,
  ReasoningView,
  ResultView,
  Role,
  TextView,
} from './lens.ts'
export { neutralLens, readPart } from './lenses/neutral.ts'
export { type OpenAIChatMessage, type OpenAIChatToolCall, openaiChatLens } from './lenses/openai-chat.ts'
export type { Pinned, PruneOptions, ReplanOptions } from './options.ts'
export type {
  ChangeEdit,
  EditOrigin,
  InsertEdit,
  MergeEdit,
  PartChange,
  PlanEdit,
  PrunePlan,
  RemoveEdit,
  ReplaceEdit,
} from './plan.ts'
export { type CacheAwareOptions, cacheAware } from './policies/cache-aware.ts'
export { type ClearToolResultsOptions, clearToolResults } from './policies/clear-tool-results.ts'
export { type DedupeToolResultsOptions, dedupeToolResults } from './policies/dedupe-tool-results.ts'
export { type DropReasoningOptions, dropReasoning } from './policies/drop-reasoning.ts'
export { type DropSupersededOptions, dropSuperseded } from './policies/drop-superseded.ts'
export { type FitTokensOptions, fitTokens } from './policies/fit-tokens.ts'
export { keepLastMessages } from './policies/keep-last-messages.ts'
export { keepLastTurns } from './policies/keep-last-turns.ts'
export { type OpenclawOptions, openclawDefaults } from './policies/openclaw-defaults.ts'
export { recommended } from './policies/recommended.ts'
export { type RelevanceOptions, relevance } from './policies/relevance.ts'
export { type SummariseToolCallsOptions, summariseToolCalls } from './policies/summarise-tool-calls.ts'
export { type TrimToolResultsOptions, trimToolResults } from './policies/trim-tool-results.ts'
export type { Policies, Policy } from './policy.ts'
export { type Pruned, prune } from './prune.ts'
export { type Recalled, recall, recallTool, type ToolDefinition } from './recall.ts'
export type { Change, Receipt } from './receipt.ts'
export {
  type ActualUsage,
  type CalibratedCounter,
  type Calibration,
  calibrate,
  calibratedCounter,
} from './tokens/calibrate.ts'
export type { TokenCounter } from './tokens/counter.ts'
export { estimateTokens } from './tokens/estimate.ts'
export { type GptEncoding, gptTokenCounter } from './tokens/gpt-tokenizer.ts'
export type { ToolChoice } from './tool-filter.ts'
export type { Kept, Unit } from './units.ts'
export { type TokenPrice, type Worth, type WorthItOptions, worthIt } from './worth-it.ts'
