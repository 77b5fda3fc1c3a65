import type { Bytes } from '../contract/store.ts'

/**
 * UUIDs written in hexadecimal cost a compressor some 28 bytes each, and every message has one. Here they leave the
 * text, which keeps a mark for each, and stand before it in 16 bytes. A packed value: the number of UUIDs (2 bytes), the
 * UUIDs, the text.
 */
const MARK = 0x01
const COUNT_BYTES = 2
const UUID_BYTES = 16
const TEXT_LENGTH = 36
const DASHES = [8, 13, 18, 23]
const MOST = 0xffff

const OTHER = 0
const DIGIT = 0x10
const DASH = 0x20
/** What a byte of text is: a digit, with its value beside, a dash, or neither. */
const kinds = new Uint8Array(256)
for (const [value, digit] of [...'0123456789abcdef'].entries()) kinds[digit.charCodeAt(0)] = DIGIT | value
kinds['-'.charCodeAt(0)] = DASH
const shape = Uint8Array.from({ length: TEXT_LENGTH }, (_, at) => (DASHES.includes(at) ? DASH : DIGIT))
/** Where the first digit of each byte of a UUID stands in its text. */
const pairs = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]

/** What is left of a value, and the UUIDs that were in it. */
export interface Packed {
  head: Bytes
  text: Bytes
}

/** Undefined where nothing is to be gained, and where the value has marks of its own. */
export function packUuids(value: Bytes): Packed | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const found = worthPacking(bytes, findUuids(bytes))
  if (found.length === 0 || bytes.includes(MARK)) return undefined
  const head = Buffer.allocUnsafe(COUNT_BYTES + found.length * UUID_BYTES)
  head.writeUInt16BE(found.length)
  const text = Buffer.allocUnsafe(bytes.length - found.length * (TEXT_LENGTH - 1))
  let from = 0
  let to = 0
  for (const [index, at] of found.entries()) {
    to += bytes.copy(text, to, from, at)
    text[to++] = MARK
    from = at + TEXT_LENGTH
    for (const [byte, pair] of pairs.entries()) {
      head[COUNT_BYTES + index * UUID_BYTES + byte] = (valueAt(bytes, at + pair) << 4) | valueAt(bytes, at + pair + 1)
    }
  }
  bytes.copy(text, to, from)
  return { head, text }
}

/** How many bytes of a packed value stand before its text. */
export function headLength(packed: Bytes): number {
  const [high = 0, low = 0] = packed
  return COUNT_BYTES + (high * 256 + low) * UUID_BYTES
}

/** Throws for what `packUuids` never made. */
export function unpackUuids({ head, text }: Packed): Bytes {
  if (head.length !== headLength(head)) throw new Error('The UUIDs are cut short')
  const digits = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('hex', COUNT_BYTES)
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const count = digits.length / (2 * UUID_BYTES)
  const value = Buffer.allocUnsafe(bytes.length + count * (TEXT_LENGTH - 1))
  let from = 0
  let to = 0
  for (let index = 0; index < count; index++) {
    const at = bytes.indexOf(MARK, from)
    if (at < 0) throw new Error('There are fewer marks than UUIDs')
    to += bytes.copy(value, to, from, at)
    to += value.write(uuidOf(digits, index * 2 * UUID_BYTES), to, 'latin1')
    from = at + 1
  }
  bytes.copy(value, to, from)
  return value
}

function valueAt(bytes: Bytes, at: number): number {
  return (kinds[bytes[at] as number] as number) & 0x0f
}

function uuidOf(digits: string, at: number): string {
  const part = (from: number, to: number): string => digits.slice(at + from, at + to)
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`
}

/** Where they begin. Looks from the end of where one could be, so that text is passed by in strides. */
function findUuids(bytes: Buffer): number[] {
  const found: number[] = []
  let at = 0
  while (at + TEXT_LENGTH <= bytes.length) {
    let last = TEXT_LENGTH - 1
    while (last >= 0 && ((kinds[bytes[at + last] as number] as number) & 0x30) === shape[last]) last--
    if (last < 0) {
      found.push(at)
      at += TEXT_LENGTH
    } else {
      // No UUID has this byte in it, or more digits in a row than its last part; else one may begin right behind.
      const isPassedBy = kinds[bytes[at + last] as number] === OTHER || last === DASHES.at(-1)
      at += isPassedBy ? last + 1 : 1
    }
  }
  return found
}

/** Whose last part comes up again, in themselves or in their like, a compressor keeps in fewer bytes. */
function worthPacking(bytes: Buffer, found: number[]): number[] {
  const lastParts = found.map((at) => bytes.toString('latin1', at + 24, at + TEXT_LENGTH))
  const times = new Map<string, number>()
  for (const part of lastParts) times.set(part, (times.get(part) ?? 0) + 1)
  return found.filter((_, index) => times.get(lastParts[index] as string) === 1).slice(0, MOST)
}
