import type { Key } from '../contract/store.ts'
import type { Draft } from './draft.ts'
import { checkpointKey } from './layout.ts'
import { idOfItem } from './record.ts'

/** A row of checkpoints that are sealed together. */
export interface SealedBlock {
  key: Key
  rev: number
  text: string
}

/**
 * Puts a checkpoint at its place in a block, or before the first one, or in place of the one with its id. Gives how
 * many checkpoints there are more.
 */
export function insertItem(draft: Draft, block: SealedBlock, namespace: string, id: string, text: string): number {
  const lines = block.text.split('\n')
  const key = checkpointKey(namespace, id)
  const keyOf = (line: string): Key => checkpointKey(namespace, idOfItem(line))
  const same = lines.findIndex((line) => keyOf(line) === key)
  draft.expect(block.key, block.rev)
  if (same >= 0) {
    const writes = lines[same]?.split('\t')[1]
    lines[same] = writes === undefined ? text : `${text}\t${writes}`
  } else {
    const after = lines.findIndex((line) => keyOf(line) > key)
    lines.splice(after < 0 ? lines.length : after, 0, text)
  }
  const first = lines[0] === text ? key : block.key
  if (first !== block.key) draft.remove(block.key)
  draft.put(first, lines.join('\n'))
  return same >= 0 ? 0 : 1
}
