import type { BranchRow } from '../checkpoint/branch-row.ts'
import type { Fence } from '../checkpoint/fence.ts'
import type { Op } from '../contract/store.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { copyAt, findPoint, left, nameFor, newBranchId } from './branch-changes.ts'
import type { OwnMessage } from './own-message.ts'
import { planReset } from './session-reset.ts'
import { type PlannedChange, ViewChanges, type ViewPut } from './view-changes.ts'
import type { ViewState } from './view-state.ts'

/**
 * From the message with this id on, or from the beginning, the conversation is another one, with messages at its end:
 * all in one commit.
 *
 * @throws `FORK_POINT_NOT_FOUND`, `BRANCHES_TOO_MANY`, `FENCED`
 */
export function branchOff(
  desk: TurnDesk,
  given: Pick<PlannedChange, 'follow'> & {
    from: string | null
    messages: readonly OwnMessage[]
    fence: Fence
    ops: readonly Op[]
  },
): Promise<void> {
  const { from, fence, ops, follow } = given
  const added = given.messages.map(({ message }) => message)
  return new ViewChanges(desk).change(async (state) => {
    const planned = from === null ? planReset(desk, state, 'soft') : await planFork(desk, state, from)
    const put = (planned.move as { put: ViewPut }).put
    const behind = put.behind ?? { appended: { runs: [], count: 0 }, messages: 0 }
    return {
      planned: {
        ...planned,
        ops,
        fence,
        ...(follow && { follow }),
        move: { put: { ...put, behind: { ...behind, added } } },
      },
      result: undefined,
    }
  })
}

async function planFork(desk: TurnDesk, state: ViewState, from: string): Promise<PlannedChange> {
  const point = await findPoint(desk, state, from)
  if (!point) throw nowhere()
  const id = newBranchId()
  const row: BranchRow = {
    name: nameFor(state, undefined, 'fork'),
    createdAt: Math.floor(desk.engine.now()),
    from: { message: from },
    head: undefined,
    messages: point.messages,
  }
  const behind = { appended: point.behind, messages: point.messages }
  return {
    branches: new Map([left(state), [id, row]]),
    view: { branch: id },
    move: { put: { ...copyAt(desk.content.nextId(), point), stands: 'afresh', behind } },
    log: { kind: 'switch' },
  }
}

/**
 * Of these messages, those up to the one with this id; null: none.
 *
 * @throws `FORK_POINT_NOT_FOUND`
 */
export function upTo(messages: readonly NeutralMessage[], from: string | null): readonly NeutralMessage[] {
  const at = from === null ? -1 : messages.findIndex(({ id }) => id === from)
  if (at < 0 && from !== null) throw nowhere()
  return messages.slice(0, at + 1)
}

const nowhere = (): EverthreadError =>
  new EverthreadError('FORK_POINT_NOT_FOUND', 'Give the id of a message in the history: there is none with this one')
