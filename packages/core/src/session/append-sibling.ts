import { EverthreadError } from '../errors.ts'
import type { TurnDesk } from '../turn/desk.ts'
import { findPoint, forked, headOf, nameFor } from './branch-changes.ts'
import { pointAfter } from './fork-point.ts'
import type { OwnMessage } from './own-message.ts'
import type { AppendOptions } from './session-content.ts'
import type { ViewChanges } from './view-changes.ts'
import type { SeenBranch, ViewState } from './view-state.ts'

/**
 * Messages after one that is no longer the last: a branch of their own, beside the one that is seen.
 *
 * @throws `MESSAGE_NOT_FOUND`
 */
export function appendSibling(
  desk: TurnDesk,
  changes: ViewChanges,
  own: readonly OwnMessage[],
  { parent, once }: { parent: string | null } & Pick<AppendOptions, 'once'>,
): Promise<void> {
  return changes.change(async (state) => {
    if (once && (await stands(desk, once.key))) return { planned: undefined, result: undefined }
    const point = parent === null ? await beginning(desk, state) : await findPoint(desk, state, parent)
    if (!point) throw new EverthreadError('MESSAGE_NOT_FOUND', `No branch has a message "${parent}": list them again`)
    const messages = own.map(({ message }) => message)
    const from = parent === null ? {} : { message: parent }
    const { planned } = forked(desk, point, { name: nameFor(state, undefined, 'sibling'), from, messages })
    if (!once) return { planned, result: undefined }
    const ops = [{ put: once.key, value: once.value, ttlMs: once.ttlMs }]
    return { planned: { ...planned, ops, expect: [{ key: once.key, rev: 0 }] }, result: undefined }
  })
}

async function stands({ store, partition }: TurnDesk, key: string): Promise<boolean> {
  const { rows } = await store.read(partition, [{ get: [key] }])
  return rows[0]?.length === 1
}

function beginning(desk: TurnDesk, state: ViewState): ReturnType<typeof pointAfter> {
  const head = headOf(state, state.branches.get(state.view.branch) as SeenBranch)
  const source = { engine: desk.engine, session: desk.partition.id }
  return head ? pointAfter(source, head, null) : Promise.resolve(undefined)
}
