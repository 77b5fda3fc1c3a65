import type { Read, Row } from '../../contract/store.ts'
import { type Argument, bytesOf, type Reply } from './connection.ts'

/** Bytes of a row's revision, and of the time until which it lives. */
const REV_BYTES = 7
const UNTIL_BYTES = 6
/** Bytes of the length before a part. */
const LENGTH_BYTES = 3

/** The least key there can be begins with a space: what is below belongs to the store. */
const FIRST_KEY = Buffer.from(' ')
const AFTER_ALL = Buffer.from([0xff])

const constant = new WeakMap<Read[], Buffer>()

/** The reads as one argument of the script. Of reads that nobody can change it is made once. */
export function readArgument(reads: Read[]): Buffer {
  const known = constant.get(reads)
  if (known) return known
  const argument = packed([String(reads.length), ...reads.flatMap(argumentsOf)])
  if (isConstant(reads)) constant.set(reads, argument)
  return argument
}

function isConstant(reads: Read[]): boolean {
  return (
    Object.isFrozen(reads) &&
    reads.every((read) => Object.isFrozen(read) && (!('get' in read) || Object.isFrozen(read.get)))
  )
}

/** Each part behind its length. */
function packed(parts: Argument[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part
      const length = Buffer.allocUnsafe(LENGTH_BYTES)
      length.writeUIntBE(bytes.length, 0, LENGTH_BYTES)
      return [length, bytes]
    }),
  )
}

function argumentsOf(read: Read): Argument[] {
  if ('get' in read) return ['get', String(read.get.length), ...read.get]
  if ('below' in read) return ['below', String(read.below), read.prefix, String(read.limit)]
  const { prefix, from, to, floor = false, reverse = false, limit, maxBytes } = read
  return [
    'range',
    lowBound(prefix, from),
    highBound(prefix, to === undefined ? undefined : Buffer.from(to)),
    floor && from !== undefined ? highBound(prefix, Buffer.from(`${from}\u0001`)) : '',
    lowBound(prefix),
    reverse ? '1' : '',
    String(limit),
    maxBytes === undefined ? '' : String(maxBytes),
  ]
}

/** The lex range of all rows under a prefix. */
export function prefixBounds(prefix: string): [low: Argument, high: Argument] {
  return [lowBound(prefix), highBound(prefix)]
}

function lowBound(prefix: string, from = ''): Buffer {
  const bounds = [FIRST_KEY, Buffer.from(prefix), Buffer.from(from)].sort(Buffer.compare)
  return Buffer.concat([Buffer.from('['), bounds[2] as Buffer])
}

function highBound(prefix: string, to?: Buffer): Buffer {
  const end = prefix === '' ? AFTER_ALL : Buffer.concat([Buffer.from(prefix), AFTER_ALL])
  return Buffer.concat([Buffer.from('('), to && Buffer.compare(to, end) < 0 ? to : end])
}

export function rowOf(reply: Reply | undefined): Row {
  const member = bytesOf(reply)
  const keyEnd = member.indexOf(0)
  const untilAt = keyEnd + 1 + REV_BYTES
  const rev = (member[keyEnd + 1] as number) * 2 ** 48 + member.readUIntBE(keyEnd + 2, REV_BYTES - 1)
  const until = member.readUIntBE(untilAt, UNTIL_BYTES)
  return {
    key: member.toString('utf8', 0, keyEnd),
    rev,
    // A copy: the reply shares its memory with whatever came in the same packet.
    value: new Uint8Array(member.subarray(untilAt + UNTIL_BYTES)),
    ...(until === 0 ? {} : { until }),
  }
}
