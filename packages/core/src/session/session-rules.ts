import type { ScopeOptions } from '../keys/scope.ts'
import type { ResetPolicy } from '../reset/reset-policy.ts'
import type { Templates } from '../template/template.ts'
import type { TitleOptions } from '../title/generate-title.ts'
import type { CompactIfDue } from './session-compaction.ts'

/** What the application has decided about its sessions. */
export interface SessionRules {
  keys: ScopeOptions | undefined
  templates: Templates | undefined
  reset: ResetPolicy | undefined
  titles: TitleOptions
  /** After how many turns a checkpoint is saved; undefined: never by itself. */
  everyTurns: number | undefined
  /** What is compacted after a turn; undefined: nothing by itself. */
  compaction: CompactIfDue | undefined
}
