import type { Key } from '../contract/store.ts'
import { type PackedAppended, packAppended, unpackAppended } from './appended.ts'
import { checkpointOf } from './layout.ts'
import { type PackedStanding, packStanding, unpackStanding } from './standing.ts'
import { parseStored } from './stored.ts'
import type { Tip } from './thread.ts'

type PackedTip = { o: number; z?: string; b?: 1; v?: PackedStanding } & PackedAppended

export function parseTip(key: Key, text: string): Tip {
  return parseStored('tip', () => {
    const { o, z, b, v, ...appended } = JSON.parse(text) as PackedTip
    const standing = unpackStanding(v)
    return {
      key,
      id: checkpointOf(key),
      open: o,
      sealedTo: z,
      branched: b === 1,
      standing,
      appended: unpackAppended(appended),
    }
  })
}

export const tipText = ({ open, sealedTo, appended, branched, standing }: Tip): string => {
  const v = packStanding(standing)
  return JSON.stringify({
    o: open,
    z: sealedTo,
    ...(branched ? { b: 1 } : {}),
    ...(v && { v }),
    ...packAppended(appended),
  })
}
