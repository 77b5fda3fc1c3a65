import type { Key } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import { type BranchRow, branchKey, type Head, parseBranch } from './branch-row.ts'
import type { Desk } from './desk.ts'
import { textOf } from './learn.ts'

/** A branch that is not at the tip, as it was read. */
export interface BranchAside {
  key: Key
  rev: number
  row: BranchRow & { head: Head }
}

/**
 * Undefined: the branch is at the tip.
 *
 * @throws `BRANCH_NOT_FOUND`
 */
export async function readAside({ reader, thread }: Desk, branch: string): Promise<BranchAside | undefined> {
  const key = branchKey(branch)
  const { rows } = await reader.session(thread, [key])
  const found = rows[1]?.[0]
  if (!found) {
    throw new EverthreadError('BRANCH_NOT_FOUND', 'The branch of this turn was deleted meanwhile: run the turn again')
  }
  const row = parseBranch(textOf(found))
  return row.head && { key, rev: found.rev, row: { ...row, head: row.head } }
}
