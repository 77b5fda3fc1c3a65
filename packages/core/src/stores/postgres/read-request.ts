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

/** Several reads, each of a partition: `$2` lists them as `{t: tenant, p: id, r: reads}`, `$3` is the clock or null. */
export function readManySql(s: string): string {
  return `SELECT $1::text, a.n - 1, f.*
    FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY a(e, n),
      LATERAL ${s}.read_v3(a.e->>'t', a.e->>'p', a.e->'r', $3::bigint) f`
}
