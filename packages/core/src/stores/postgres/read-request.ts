import type { Read } from '../../contract/store.ts'
import { compareBytewise } from '../key-order.ts'
import { rangeOf, rangeOfRead } from '../sql/key-range.ts'
import { TOP } from './commit-request.ts'

/** A read as `read_v3` takes it. */
export function readRequest(read: Read): Record<string, unknown> {
  if ('get' in read || 'below' in read) return read
  const { from, to = TOP } = rangeOfRead(read, compareBytewise)
  return {
    lo: from,
    hi: to,
    limit: read.limit,
    ...(read.floor && read.from !== undefined
      ? { floor: read.from, least: read.prefix, most: rangeOf(read.prefix).to ?? TOP }
      : {}),
    ...(read.reverse ? { reverse: true } : {}),
    ...(read.maxBytes === undefined ? {} : { bytes: read.maxBytes }),
  }
}
