import type { Part } from '@everthread/core'

export type Block = Record<string, unknown>

/** One provider's or version's way of writing a sort of content block, and the part that stands for it. */
export interface Dialect {
  /** Undefined for a block that this dialect would not give back exactly. */
  toPart(block: Block): Part | undefined
  toBlock(part: Part): Block
}

/** A dialect that differs from the part in the names of keys only. Their order is kept, and keys it does not know. */
export function renaming(
  blockType: string,
  partType: string,
  names: Record<string, string>,
  texts: string[] = [],
): Dialect {
  const back = Object.fromEntries(Object.entries(names).map(([from, to]) => [to, from]))
  return {
    toPart(block) {
      if (block.type !== blockType || !texts.every((key) => typeof block[key] === 'string')) return undefined
      return renameKeys(block, names, partType) as Part | undefined
    },
    toBlock: (part) => renameKeys(part, back, blockType) ?? { ...part, type: blockType },
  }
}

/** Undefined where a new name is taken, or an old one missing: the way back would not be the same. */
export function renameKeys(source: Block, names: Record<string, string>, type: string): Block | undefined {
  const target: Block = {}
  let renamed = 0
  for (const key in source) {
    if (key === 'type') {
      target.type = type
    } else if (Object.hasOwn(names, key)) {
      target[names[key] as string] = source[key]
      renamed++
    } else {
      for (const from in names) if (names[from] === key) return undefined
      target[key] = source[key]
    }
  }
  return renamed === Object.keys(names).length && Object.hasOwn(target, 'type') ? target : undefined
}

/** Whether the value is an object with exactly these keys, in this order. */
export function hasKeys(value: unknown, keys: string): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).join() === keys
}
