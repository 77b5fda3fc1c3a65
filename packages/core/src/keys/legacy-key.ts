import { EverthreadError } from '../errors.ts'

/**
 * Takes apart a key that an older system made as `(userId << 8) | offset`. One that passed the 31 bits of its
 * language's integers, and so turned negative, is read as the 32 bits that it was.
 *
 * @throws `SCOPE_INVALID`
 */
export function fromLegacyKey(key: number): { userId: number; offset: number } {
  if (!Number.isSafeInteger(key) || key < -(2 ** 31)) {
    throw new EverthreadError('SCOPE_INVALID', 'Give legacyKey as a whole number: (userId << 8) | offset')
  }
  const bits = key < 0 ? key + 2 ** 32 : key
  const offset = bits % 256
  return { userId: (bits - offset) / 256, offset }
}
