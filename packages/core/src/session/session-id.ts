import { createHash, randomBytes } from 'node:crypto'
import { OWN_PREFIX } from '../contract/partition.ts'
import { EverthreadError } from '../errors.ts'

const TAG = 4
const RANDOM = 24
const MINTED = new RegExp(`^[\\w-]{${TAG}}\\.[\\w-]{${RANDOM}}$`)

/** 144 bits of the system's generator, behind a tag that tells in which tenant it was made, but not its name. */
export const newSessionId = (tenant: string): string => `${tagOf(tenant)}.${randomBytes(18).toString('base64url')}`

/** Whether an id was made by {@link newSessionId} in another tenant. */
export const isOfOtherTenant = (id: string, tenant: string): boolean =>
  MINTED.test(id) && !id.startsWith(`${tagOf(tenant)}.`)

const tagOf = (tenant: string): string => createHash('sha256').update(tenant).digest('base64url').slice(0, TAG)

/** Of an id, in UTF-8. */
export const SESSION_ID_BYTES = 512
const control = /[\u0000-\u001f\u007f]/

/** @throws `ID_INVALID` */
export function checkSessionId(id: unknown): string {
  const wrong = (what: string): EverthreadError => new EverthreadError('ID_INVALID', `Give the session's id as ${what}`)
  if (typeof id !== 'string' || id === '') throw wrong('a text that is not empty')
  if (id.length > SESSION_ID_BYTES || Buffer.byteLength(id) > SESSION_ID_BYTES)
    throw wrong(`a text of at most ${SESSION_ID_BYTES} bytes`)
  if (!id.isWellFormed() || control.test(id)) throw wrong('well-formed text without control characters')
  if (id === '__proto__' || id.startsWith(OWN_PREFIX)) throw wrong(`another text: ${id.slice(0, 40)} is reserved`)
  return id
}
