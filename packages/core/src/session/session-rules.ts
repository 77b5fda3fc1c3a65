import type { ScopeOptions } from '../keys/scope.ts'
import type { Templates } from '../template/template.ts'

/** What the application has decided about its sessions. */
export interface SessionRules {
  keys: ScopeOptions | undefined
  templates: Templates | undefined
}
