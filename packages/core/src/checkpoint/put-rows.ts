import { hash } from 'node:crypto'
import type { Key, Row } from '../contract/store.ts'
import { type Appended, appendedAfter, NONE_APPENDED } from './appended.ts'
import { BRANCHES_PREFIX, type BranchRow, branchText, parseBranch } from './branch-row.ts'
import type { Desk } from './desk.ts'
import type { Draft } from './draft.ts'
import { checkpointKey, tipKey, writeKey } from './layout.ts'
import { textOf } from './learn.ts'
import type { PutCheckpoint } from './put-request.ts'
import { writeText } from './record.ts'
import { type RefText, refToRuns } from './ref.ts'
import { sealCheckpoints } from './seal.ts'
import { insertItem, type SealedBlock } from './sealed-block.ts'
import { FIRST_STANDING } from './standing.ts'
import { parentName, type Tip } from './thread.ts'

/** Something that a put was planned on has changed meanwhile. */
export class Stale extends Error {}

/** Another branch than the current one, which a run may go on with. */
interface OtherBranch {
  key: Key
  rev: number
  row: BranchRow
}

/** The rows that a checkpoint comes to stand in, and where it leaves the tip and the branches. */
export class PutRows {
  readonly #desk: Desk
  readonly #request: PutCheckpoint
  #block: SealedBlock | undefined
  #branches: OtherBranch[] | undefined

  constructor(desk: Desk, request: PutCheckpoint) {
    this.#desk = desk
    this.#request = request
  }

  /** Reads what the plan needs to know. */
  async read(): Promise<void> {
    const { thread, reader } = this.#desk
    const { namespace, id } = this.#request
    const tip = thread.tips.get(namespace)
    // A checkpoint whose id falls into a sealed block has to go into that block.
    this.#block = this.#isSealed(tip) ? await reader.block(thread, namespace, id) : undefined
    this.#branches = this.#mayBeOfBranch(tip) ? await this.#readBranches() : undefined
  }

  /** @throws `Stale` */
  assertFresh(draft: Draft): void {
    const tip = draft.tip(this.#request.namespace)
    if (this.#isSealed(tip) && !this.#block) throw new Stale()
    // Another put may have gone into the block since it was read, or goes in by this very commit.
    if (this.#block && (draft.conflicts > 0 || draft.changes(this.#block.key))) throw new Stale()
    if (!this.#mayBeOfBranch(tip)) return
    if (!this.#branches || draft.conflicts > 0 || this.#branches.some(({ key }) => draft.changes(key)))
      throw new Stale()
  }

  /**
   * Gives how many checkpoints there are more. `behind` is what stands behind one that stands afresh; `own` how many
   * messages are known to be in it.
   */
  plan(draft: Draft, text: string, { behind, own }: { behind: Appended; own: number | undefined }): number {
    const { namespace, id } = this.#request
    const { thread } = this.#desk
    const tip = draft.tip(namespace)
    const standing = this.#standing(draft, tip, { behind, own })
    this.#recordHanded(draft)
    if (this.#block) {
      if (tip) draft.setTip(namespace, { ...tip, ...standing })
      return insertItem(draft, this.#block, namespace, id, text)
    }
    const key = checkpointKey(namespace, id)
    const there = draft.changes(key) || thread.present.has(key) || thread.record(namespace, id) !== undefined
    if (!there) draft.expect(key, 0)
    const alone = !draft.touches(namespace)
    const sealed = alone ? sealCheckpoints(draft, namespace, id) : undefined
    const open = (sealed?.open ?? tip?.open ?? 0) + (there ? 0 : 1)
    draft.put(key, text)
    draft.setTip(namespace, { ...standing, open, sealedTo: sealed?.sealedTo ?? tip?.sealedTo })
    const first = tip === undefined
    draft.onLanded((rev) => {
      const rows = thread.openRows(namespace)
      if (first) rows.complete = true
      rows.items.set(id, { rev, text })
    })
    return there ? 0 : 1
  }

  #isSealed(tip: Tip | undefined): boolean {
    const { namespace, id } = this.#request
    const sealedTo = tip?.sealedTo
    return sealedTo !== undefined && checkpointKey(namespace, id) <= checkpointKey(namespace, sealedTo)
  }

  /** A run that began on a branch goes on there, whichever is the current one by now. */
  #mayBeOfBranch(tip: Tip | undefined): boolean {
    const { namespace, parentId, stands } = this.#request
    return (
      namespace === '' &&
      stands === undefined &&
      tip?.branched === true &&
      parentId !== undefined &&
      parentId !== tip.id
    )
  }

  async #readBranches(): Promise<OtherBranch[]> {
    const { thread, reader, puts } = this.#desk
    const { namespace, parentId } = this.#request
    // The put before this one may be what brings the branch to its parent.
    await Promise.allSettled([puts.get(parentName(namespace, parentId))])
    const rows: Row[] = []
    for await (const row of reader.range(thread, BRANCHES_PREFIX)) rows.push(row)
    return rows.map((row) => ({ key: row.key, rev: row.rev, row: parseBranch(textOf(row)) }))
  }

  /** Where the tip stands then, and what is behind it: what others have appended and this checkpoint has not taken in. */
  #standing(
    draft: Draft,
    tip: Tip | undefined,
    { behind, own }: { behind: Appended; own: number | undefined },
  ): Pick<Tip, 'id' | 'key' | 'appended' | 'branched' | 'standing'> {
    const { namespace, id, stands, handed, parentId } = this.#request
    const branched = this.#request.branched ?? tip?.branched ?? false
    const standing = this.#request.standing ?? tip?.standing ?? FIRST_STANDING
    const at = (tipId: string) => ({ id: tipId, key: tipKey(namespace, tipId), branched, standing })
    if (stands === 'afresh' || !tip) return { ...at(id), appended: behind }
    const branch = this.#branches?.find(({ row }) => row.head?.id === parentId)
    if (branch) this.#moveBranch(draft, branch, own)
    if (branch || stands === 'aside') return { ...at(tip.id), appended: tip.appended }
    if (tip.id > id && !this.#follows(tip)) return { ...at(tip.id), appended: tip.appended }
    const rest = handed && appendedAfter(tip.appended, handed.appended)
    return { ...at(id), appended: rest ?? tip.appended }
  }

  #moveBranch(draft: Draft, { key, rev, row }: OtherBranch, own: number | undefined): void {
    const { id, handed } = this.#request
    const before = row.head?.appended ?? NONE_APPENDED
    const appended = (handed && appendedAfter(before, handed.appended)) ?? before
    draft.expect(key, rev)
    const messages = own === undefined ? row.messages : own + appended.count
    draft.put(key, branchText({ ...row, head: { id, appended }, messages }))
  }

  /** What was handed over becomes part of the checkpoint that it was handed over with. */
  #recordHanded(draft: Draft): void {
    const { namespace, parentId, handed } = this.#request
    const { historyChannel, thread } = this.#desk
    if (!handed || parentId === undefined || historyChannel === undefined) return
    const { task, appended } = handed
    const ref = refToRuns('h', appended.runs)
    const index = placeBeforeInput(ref)
    const key = writeKey(namespace, parentId, task, index)
    const text = writeText({ task, index, channel: historyChannel, path: undefined, ref })
    draft.put(key, text)
    draft.onLanded((rev) => thread.noteOpenWrite(namespace, parentId, key, { rev, text }))
  }

  /** Who holds a fence writes after the tip, whatever the clock behind the id said. */
  #follows(tip: Tip): boolean {
    const { fence, onTip, parentId } = this.#request
    return (fence !== undefined || onTip === true) && tip.id === parentId
  }
}

/** An index that is the same for the same messages, and before those of a run's input and of all special channels. */
const placeBeforeInput = (ref: RefText): number => -1_000 - Number.parseInt(hash('sha256', ref).slice(0, 7), 16)
