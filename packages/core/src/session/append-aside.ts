import type { AppendMessages } from '../checkpoint/append.ts'
import type { Head } from '../checkpoint/branch-row.ts'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { RowsMoved } from '../checkpoint/expected-rows.ts'
import type { NeutralMessage } from '../message/message.ts'
import { planById, planNew } from './append-plan.ts'
import { historyAt, mergeMessages } from './history.ts'
import type { OwnMessage } from './own-message.ts'

type Beside = Pick<AppendMessages, 'header' | 'firstId' | 'owner' | 'fence' | 'ops' | 'once'>

/** What is seen from another place than the tip, and what stands behind the checkpoint there. */
export async function viewAt(
  engine: CheckpointEngine,
  session: string,
  { id, appended }: Head,
): Promise<{ messages: readonly NeutralMessage[]; behind: NeutralMessage[] }> {
  const loaded = await engine.load(session, '', id, appended)
  if (!loaded) return { messages: [], behind: [] }
  const own = await historyAt(engine, session, loaded)
  const behind = loaded.appended.texts.map((text) => JSON.parse(text) as NeutralMessage)
  return { messages: mergeMessages(own, behind), behind }
}

/**
 * Adds messages to a branch that somebody has left meanwhile: what is seen stays. Whether it was done: not if the branch
 * is at the tip again.
 *
 * @throws `BRANCH_NOT_FOUND`
 */
export async function appendAside(
  { engine, session }: { engine: CheckpointEngine; session: string },
  own: readonly OwnMessage[],
  branch: string,
  beside: Beside,
): Promise<boolean> {
  for (;;) {
    const aside = await engine.branchAside(session, branch)
    if (!aside) return false
    const { head } = aside.row
    const named = own.some((one) => one.named)
    const plan = named ? planById(own, { tip: head, ...(await viewAt(engine, session, head)) }) : planNew(own)
    try {
      await engine.append(session, { ...beside, ...plan, on: undefined, waitingAfter: () => [], aside })
      return true
    } catch (error) {
      if (!(error instanceof RowsMoved)) throw error
    }
  }
}
