import { lastSegment } from '../contract/key.ts'
import type { Key } from '../contract/store.ts'
import type { Draft } from './draft.ts'
import { checkpointKey } from './layout.ts'
import { itemText } from './record.ts'
import type { SealedBlock } from './sealed-block.ts'
import type { OpenRow, OpenRows, Tip } from './thread.ts'

/** Checkpoints are sealed together once this many stand open: alike as they are, a block compresses far below its parts. */
export const SEAL_CHECKPOINTS: number = 8
/** A block goes on taking in what is sealed until it holds this many. */
const BLOCK_CHECKPOINTS = 64
const BLOCK_CHARS = 128 * 1024

/** A block is made in one commit, which is bounded: what passes this waits for the next. */
const SEAL_ROWS = 3_000
const SEAL_CHARS = 2 * 1024 * 1024
/** Writes of a checkpoint that are more than this, in number or in text, stay rows of their own. */
const OWN_WRITES = 1_000
const OWN_CHARS = 512 * 1024

/**
 * Folds the open checkpoints of a namespace, with their pending writes, into one block, if every one of them is
 * known and the new one comes after them all. Gives the tip's fields.
 */
export function sealCheckpoints(
  draft: Draft,
  namespace: string,
  newId: string,
): Pick<Tip, 'open' | 'sealedTo'> | undefined {
  const rows = draft.thread.openRows(namespace)
  if (!rows.complete || rows.items.size < SEAL_CHECKPOINTS) return undefined
  const sorted = [...rows.items].sort(([a], [b]) =>
    checkpointKey(namespace, a) < checkpointKey(namespace, b) ? -1 : 1,
  )
  const items = portion(sorted, rows.writes)
  const first = items[0]
  const last = items.at(-1)
  if (!first || !last || checkpointKey(namespace, last.id) >= checkpointKey(namespace, newId)) return undefined
  const before = roomFor(items, rows.last)
  const blockKey = before?.key ?? checkpointKey(namespace, first.id)
  // Whoever else puts or removes checkpoints writes the session row, which every put expects; and of the writes, only
  // special ones are ever replaced.
  const lines = items.map(({ id, text, writes }) => {
    const key = checkpointKey(namespace, id)
    if (key !== blockKey) draft.remove(key)
    for (const [writeKey, write] of writes) {
      if (isSpecial(writeKey)) draft.expect(writeKey, write.rev)
      draft.remove(writeKey)
    }
    return itemText(
      text,
      writes.map(([, write]) => write.text),
    )
  })
  if (before) draft.expect(before.key, before.rev)
  const text = [...(before ? [before.text] : []), ...lines].join('\n')
  draft.put(blockKey, text)
  draft.onLanded((rev) => {
    rows.last = { key: blockKey, rev, text }
    for (const { id } of items) {
      rows.items.delete(id)
      rows.writes.delete(id)
    }
  })
  return { open: sorted.length - items.length, sealedTo: last.id }
}

/** A write that a later one takes the place of, by its index, which is negative. */
const isSpecial = (key: Key): boolean => lastSegment(key).startsWith('-')

interface Item extends OpenRow {
  id: string
  writes: [Key, OpenRow][]
}

/** The last block, if what is sealed now still fits into it. */
function roomFor(items: readonly Item[], last: SealedBlock | undefined): SealedBlock | undefined {
  if (!last) return undefined
  const chars = items.reduce((sum, { text, writes }) => sum + text.length + charsOf(writes), last.text.length)
  const count = items.length + last.text.split('\n').length
  return count <= BLOCK_CHECKPOINTS && chars <= BLOCK_CHARS ? last : undefined
}

const charsOf = (writes: readonly [Key, OpenRow][]): number =>
  writes.reduce((sum, [, { text }]) => sum + text.length, 0)

/** The first checkpoints, as many as one commit may seal, with the writes that go into the block. */
function portion(sorted: readonly [string, OpenRow][], writesOf: OpenRows['writes']): Item[] {
  const items: Item[] = []
  let rows = 0
  let chars = 0
  for (const [id, row] of sorted) {
    const known = [...(writesOf.get(id) ?? [])]
    const size = charsOf(known)
    const stay = known.length > OWN_WRITES || size > OWN_CHARS
    rows += 1 + (stay ? 0 : known.length)
    chars += row.text.length + (stay ? 0 : size)
    if (items.length > 0 && (rows > SEAL_ROWS || chars > SEAL_CHARS)) break
    items.push({ id, ...row, writes: stay ? [] : known })
  }
  return items
}
