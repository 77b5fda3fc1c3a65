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
export type { TokenCounter } from './tokens/counter.ts'
export { estimateTokens } from './tokens/estimate.ts'
