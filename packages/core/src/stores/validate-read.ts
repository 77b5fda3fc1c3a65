import { LIMITS } from '../contract/limits.ts'
import { checkKey, checkPartition, checkPrefix } from './validate-key.ts'
import { checkBound, checkList, checkName, checkObject, checkPositive, refuse } from './validate-text.ts'

const CODE = 'READ_INVALID'

/** Raises `READ_INVALID` or `KEY_INVALID`. */
export function checkReads(value: unknown, known?: unknown): void {
  if (known !== undefined && (!Number.isSafeInteger(known) || (known as number) < 0)) {
    refuse(CODE, 'The known revision must be a revision, 0, or left out.')
  }
  const reads = checkList(value, 'The reads', CODE)
  for (const [at, item] of reads.entries()) {
    const read = checkObject(item, 'A read', CODE)
    if ('get' in read) {
      const keys = checkList(read.get, 'The keys to get', CODE)
      if (keys.length > LIMITS.commitRows) refuse(CODE, `One get takes at most ${LIMITS.commitRows} keys.`)
      for (const key of keys) checkKey(key, 'The key to get')
      continue
    }
    checkPrefix(read.prefix, 'The prefix to read')
    checkPositive(read.limit, 'The limit of a read', CODE)
    if ('below' in read) checkBelow(read.below, reads, at)
    else checkRange(read)
  }
}

/** Raises `QUERY_INVALID`. */
export function checkQuery(value: unknown): void {
  const code = 'QUERY_INVALID'
  const query = checkObject(value, 'The query', code)
  checkName(query.index, 'The index', code)
  checkPositive(query.limit, 'The limit of a query', code)
  for (const bound of ['from', 'to']) {
    if (query[bound] !== undefined) checkBound(query[bound], `The query's ${bound}`, code, LIMITS.idBytes + 4)
  }
  checkFlag(query.reverse, 'reverse', code)
  if (query.cursor !== undefined) checkName(query.cursor, 'The cursor', code, 8 * LIMITS.idBytes)
}

/** Raises `WATCH_INVALID`, or what an invalid partition raises. */
export function checkWatch(partitions: unknown, signal: unknown): void {
  for (const partition of checkList(partitions, 'The partitions to watch', 'WATCH_INVALID')) checkPartition(partition)
  if (!(signal instanceof AbortSignal)) refuse('WATCH_INVALID', 'Watching needs an AbortSignal that ends it.')
}

function checkBelow(below: unknown, reads: unknown[], at: number): void {
  if (!Number.isSafeInteger(below) || (below as number) < 0 || (below as number) >= at) {
    refuse(CODE, `below must be the position of an earlier read, from 0 to ${at - 1}.`)
  }
  const earlier = reads[below as number] as Record<string, unknown>
  if (earlier.prefix === '') refuse(CODE, 'below must name a read whose prefix is not empty.')
}

function checkRange(read: Record<string, unknown>): void {
  for (const bound of ['from', 'to']) {
    if (read[bound] !== undefined) checkBound(read[bound], `The read's ${bound}`, CODE, LIMITS.keyBytes + 4)
  }
  checkFlag(read.floor, 'floor', CODE)
  checkFlag(read.reverse, 'reverse', CODE)
  if (read.floor && (read.from === undefined || read.prefix === '')) {
    refuse(CODE, 'A read with floor needs a from and a prefix.')
  }
  if (read.maxBytes !== undefined) checkPositive(read.maxBytes, 'maxBytes', CODE)
}

function checkFlag(value: unknown, name: string, code: string): void {
  if (value !== undefined && typeof value !== 'boolean') refuse(code, `${name} must be true, false or left out.`)
}
