import { MAIN } from '../checkpoint/standing.ts'
import type { SessionFacts } from '../session/session-facts.ts'
import type { SessionMessages } from '../session/session-messages.ts'
import type { ViewChanges } from '../session/view-changes.ts'
import { needBranch } from '../session/view-state.ts'
import type { TurnDesk } from '../turn/desk.ts'
import type { SharedPlace } from './session-shares.ts'

/** A session as its links see it: by branches that keep their identity whatever they are called. */
export function sharedPlace(
  { store, partition, engine }: TurnDesk,
  changes: ViewChanges,
  messages: SessionMessages,
  facts: SessionFacts,
): SharedPlace {
  return {
    store,
    partition,
    now: () => engine.now(),
    head: () => ({ title: facts.row?.title, createdAt: facts.row?.createdAt ?? 0 }),
    async branchId(name) {
      const state = await changes.read()
      return name === undefined ? (state?.view.branch ?? MAIN) : needBranch(state, name).id
    },
    async messages(branch) {
      const name = (await changes.read())?.branches.get(branch)?.row.name
      return name === undefined ? [] : messages.list({ branch: name })
    },
  }
}
