import type { Draft } from './draft.ts'
import { checkpointKey } from './layout.ts'
import { itemText } from './record.ts'
import type { Tip } from './thread.ts'

/** Checkpoints are sealed together once this many stand open: alike as they are, a block compresses far below its parts. */
export const SEAL_CHECKPOINTS: number = 64

/** A block is made in one commit: what passes this many rows waits for the next. */
const SEAL_ROWS = 3_000

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
  let size = 0
  const items = sorted.filter(([id]) => {
    size += (rows.writes.get(id)?.size ?? 0) + 1
    return size <= SEAL_ROWS
  })
  const [first] = items[0] ?? []
  const [last] = items.at(-1) ?? []
  if (first === undefined || last === undefined || checkpointKey(namespace, last) >= checkpointKey(namespace, newId))
    return undefined
  const lines = items.map(([id, { rev, text }]) => {
    const key = checkpointKey(namespace, id)
    const writes = rows.writes.get(id) ?? new Map()
    draft.expect(key, rev)
    if (id !== first) draft.remove(key)
    for (const [writeKey, write] of writes) {
      draft.expect(writeKey, write.rev)
      draft.remove(writeKey)
    }
    return itemText(
      text,
      [...writes.values()].map((write) => write.text),
    )
  })
  draft.put(checkpointKey(namespace, first), lines.join('\n'))
  draft.onLanded(() => {
    for (const [id] of items) {
      rows.items.delete(id)
      rows.writes.delete(id)
    }
  })
  return { open: sorted.length - items.length, sealedTo: last }
}
