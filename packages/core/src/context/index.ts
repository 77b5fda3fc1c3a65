export { applyPlan } from './apply-plan.ts'
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
export { neutralLens } from './lenses/neutral.ts'
export { type OpenAIChatMessage, type OpenAIChatToolCall, openaiChatLens } from './lenses/openai-chat.ts'
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
