import { brotliCompressSync, brotliDecompressSync, constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Bytes } from '../contract/store.ts'
import { DICTIONARY_1 } from './dictionary-1.ts'
import { DICTIONARY_2 } from './dictionary-2.ts'
import { headLength, packUuids, unpackUuids } from './uuids.ts'

/**
 * How a value is compressed; the number stands in its header, so it is never given another meaning. A new
 * dictionary is a new number.
 */
export const STORED = 0
const DEFLATE_DICTIONARY_1 = 1
const BROTLI = 2
const DEFLATE_DICTIONARY_2 = 3
/** The payload: how its text is compressed (1 byte), the UUIDs that were in it, and the text without them. */
const WITHOUT_UUIDS = 4

export interface Compressed {
  algorithm: number
  payload: Bytes
}

/**
 * From here on brotli wins, and costs half as much again. What is this large stays: smaller chunks and blocks are soon
 * written anew as part of a larger one (measured on messages and on records).
 */
const BROTLI_FROM_BYTES = 48 * 1024
/** From here on a value is mostly text, and worth the larger dictionary. */
const TEXT_FROM_BYTES = 2 * 1024
/** What is shorter is not worth the call. */
const WORTH_BYTES = 96
/**
 * From here on deflate by a setting that takes three fifths of the time for 3 % more bytes: such blocks and chunks are
 * the ones that are written anew most often before they are large enough to stay.
 */
const SOON_REWRITTEN_BYTES = 16 * 1024
/** From here on a faster setting, so that one value does not hold the process for long. */
const LARGE_BYTES = 1024 * 1024
/** No value is larger: what claims to be is a decompression bomb. */
const MAX_VALUE_BYTES = 256 * 1024 * 1024

const DICTIONARIES = new Map<number, Bytes>([
  [DEFLATE_DICTIONARY_1, DICTIONARY_1],
  [DEFLATE_DICTIONARY_2, DICTIONARY_2],
])

/** The shortest form; the value itself when nothing is shorter. */
export function compress(value: Bytes): Compressed {
  if (value.length < WORTH_BYTES) return { algorithm: STORED, payload: value }
  const packed = packUuids(value)
  const compressed = packed ? withHead(packed.head, compressText(packed.text)) : compressText(value)
  return compressed.payload.length < value.length ? compressed : { algorithm: STORED, payload: value }
}

function compressText(text: Bytes): Compressed {
  const algorithm = algorithmFor(text.length)
  const dictionary = DICTIONARIES.get(algorithm)
  if (!dictionary) return { algorithm, payload: brotli(text) }
  const level = text.length < SOON_REWRITTEN_BYTES ? 6 : 4
  return { algorithm, payload: deflateRawSync(text, { dictionary, level }) }
}

function withHead(head: Bytes, { algorithm, payload }: Compressed): Compressed {
  return { algorithm: WITHOUT_UUIDS, payload: Buffer.concat([Uint8Array.of(algorithm), head, payload]) }
}

function algorithmFor(length: number): number {
  if (length < TEXT_FROM_BYTES) return DEFLATE_DICTIONARY_1
  return length < BROTLI_FROM_BYTES ? DEFLATE_DICTIONARY_2 : BROTLI
}

/** Undefined for an algorithm of a newer version; throws what zlib throws for a payload that is damaged. */
export function decompress({ algorithm, payload }: Compressed): Bytes | undefined {
  if (algorithm !== WITHOUT_UUIDS) return decompressText({ algorithm, payload })
  const inner = payload[0] ?? STORED
  const packed = payload.subarray(1)
  const head = packed.subarray(0, headLength(packed))
  const text = decompressText({ algorithm: inner, payload: packed.subarray(head.length) })
  return text && unpackUuids({ head, text })
}

function decompressText({ algorithm, payload }: Compressed): Bytes | undefined {
  const maxOutputLength = MAX_VALUE_BYTES
  if (algorithm === STORED) return payload
  if (algorithm === BROTLI) return brotliDecompressSync(payload, { maxOutputLength })
  const dictionary = DICTIONARIES.get(algorithm)
  return dictionary && inflateRawSync(payload, { dictionary, maxOutputLength })
}

function brotli(value: Bytes): Bytes {
  const window = Math.min(22, Math.max(17, Math.ceil(Math.log2(value.length))))
  return brotliCompressSync(value, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: value.length < LARGE_BYTES ? 5 : 4,
      [constants.BROTLI_PARAM_LGWIN]: window,
      [constants.BROTLI_PARAM_SIZE_HINT]: value.length,
    },
  })
}
