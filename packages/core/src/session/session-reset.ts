import type { BranchRow } from '../checkpoint/branch-row.ts'
import { EverthreadError } from '../errors.ts'
import { knownOptions } from '../known-options.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { left, nameFor, newBranchId } from './branch-changes.ts'
import type { PlannedChange, ViewChanges } from './view-changes.ts'
import type { ViewState } from './view-state.ts'

export interface ResetOptions {
  /** `soft`: a new branch without messages, and the data is kept. `hard`: the data is cleared, too. Default `soft`. */
  mode?: 'soft' | 'hard'
}

/** What is seen begins anew, on a branch of its own. What was before stays on the branch where it is. */
export async function resetView(desk: TurnDesk, changes: ViewChanges, options: ResetOptions): Promise<void> {
  const { mode = 'soft' } = knownOptions(options, ['mode'], 'RESET_INVALID')
  if (mode !== 'soft' && mode !== 'hard') {
    throw new EverthreadError('RESET_INVALID', "Give the mode as 'soft' or 'hard'")
  }
  return changes.change(async (state) => ({ planned: planReset(desk, state, mode), result: undefined }))
}

/** A branch of its own, without messages; `hard` also begins the data anew. */
export function planReset(desk: TurnDesk, state: ViewState, mode: 'soft' | 'hard'): PlannedChange {
  const id = newBranchId()
  const row: BranchRow = {
    name: nameFor(state, undefined, 'reset'),
    createdAt: Math.floor(desk.engine.now()),
    from: {},
    head: undefined,
    messages: 0,
  }
  const put = desk.content.emptyTip()
  return {
    branches: new Map([left(state), [id, row]]),
    view: { branch: id, ...(mode === 'hard' ? { data: newBranchId() } : {}) },
    move: { put },
    log: { kind: 'reset', made: { branch: id, checkpoint: put.id } },
  }
}
