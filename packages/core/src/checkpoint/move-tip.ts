import type { Op } from '../contract/store.ts'
import type { Head } from './branch-row.ts'
import type { Desk } from './desk.ts'
import { type ExpectedRow, expectRows } from './expected-rows.ts'
import type { Fence } from './fence.ts'
import { tipKey } from './layout.ts'
import { refToValue, runsOf } from './ref.ts'
import { countEntries } from './runs.ts'
import { assertOpen, assertOwner, changeOf, type Owner } from './session-change.ts'
import type { Standing } from './standing.ts'

export interface TipMove {
  /** Undefined: it stays. */
  to: Head | undefined
  /** Messages in the history then. Default: those of the checkpoint, and those behind it. */
  messages?: number
  /** Whether there are other branches then. */
  branched?: boolean
  /** What it is the tip of then. Default: what it was. */
  standing?: Standing
  /** Rows beside it, in the same commit. */
  ops?: readonly Op[]
  expect?: readonly ExpectedRow[]
  owner?: Owner | undefined
  fence?: Fence | undefined
}

const NO_VALUE = refToValue('null')

/** The tip moves without a new checkpoint. */
export async function moveTip(desk: Desk, move: TipMove): Promise<void> {
  const { reader, thread, queue } = desk
  const { to, ops = [], expect, owner, fence } = move
  await reader.tip(thread, '')
  const messages = move.messages ?? (to && (await countAt(desk, to)))
  await queue.run((draft) => {
    const { session } = draft
    assertOwner(session, owner)
    assertOpen(session, fence)
    expectRows(draft, expect)
    const tip = draft.tip('')
    if (!tip || !session) return
    const { id, appended } = to ?? tip
    const { branched = tip.branched ?? false, standing = tip.standing } = move
    draft.setTip('', { ...tip, id, appended, key: tipKey('', id), branched, standing })
    const row = { ...session, counts: { ...session.counts, messages: messages ?? session.counts.messages } }
    draft.setSession(changeOf(thread.partition.id, session, row, draft.now))
    draft.add(ops)
  }, fence)
}

async function countAt({ reader, thread, historyChannel = '' }: Desk, { id, appended }: Head): Promise<number> {
  const record = (await reader.at(thread, '', id))?.record
  const own = runsOf(record?.refs.get(historyChannel) ?? NO_VALUE)?.runs ?? []
  return countEntries(own) + appended.count
}
