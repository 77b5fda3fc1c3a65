import { LIMITS } from '../contract/limits.ts'
import { checkName, checkObject, checkText, refuse } from './validate-text.ts'

const CODE = 'KEY_INVALID'

/** Raises `KEY_INVALID` unless this is a whole key of a caller's row. */
export function checkKey(key: unknown, what: string): void {
  checkSegments(checkName(key, what, CODE, LIMITS.keyBytes), what)
  if ((key as string).endsWith('/')) refuse(CODE, `${what} must not end in '/'.`)
}

/** Raises `KEY_INVALID` unless this is the beginning of a key, or empty for all keys. */
export function checkPrefix(prefix: unknown, what: string): void {
  checkSegments(checkText(prefix, what, CODE, LIMITS.keyBytes), what)
}

/** Raises `TENANT_INVALID` or `ID_INVALID`. */
export function checkPartition(partition: unknown): void {
  const { tenant, id } = checkObject(partition, 'The partition', 'ID_INVALID')
  checkTenant(tenant)
  checkName(id, "The partition's id", 'ID_INVALID')
  if (id === '__proto__') refuse('ID_INVALID', "The partition's id must not be '__proto__'.")
}

export function checkTenant(tenant: unknown): void {
  checkName(tenant, 'The tenant', 'TENANT_INVALID')
  if (tenant === '__proto__') refuse('TENANT_INVALID', "The tenant must not be '__proto__'.")
}

function checkSegments(key: string, what: string): void {
  if (key.startsWith('~')) refuse(CODE, `${what} must not start with '~': those rows are the store's own.`)
  if (key.startsWith('/') || key.includes('//')) refuse(CODE, `${what} must have no empty segment.`)
}
