import { EverthreadError } from '@everthread/core'
import type { CookieOptions } from '../cookie/cookie.ts'

/** A token of RFC 6265. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * Refuses a name that no browser would take with these settings: `__Host-` asks for secure, the path `/` and no domain,
 * `__Secure-` for secure (draft-ietf-httpbis-rfc6265bis, section 4.1.3).
 *
 * @throws `COOKIE_NAME_INVALID`, `COOKIE_PREFIX`
 */
export function checkCookieName(name: string, { secure, path = '/', domain }: CookieOptions): void {
  if (!NAME.test(name)) {
    throw new EverthreadError('COOKIE_NAME_INVALID', `Give the cookie another name: "${name}" cannot stand in a header`)
  }
  const lower = name.toLowerCase()
  const isHost = lower.startsWith('__host-')
  if (!isHost && !lower.startsWith('__secure-')) return
  if (secure !== true) throw refused(name, 'cookie.secure: true')
  if (isHost && path !== '/') throw refused(name, "cookie.path: '/'")
  if (isHost && domain) throw refused(name, 'no cookie.domain')
}

function refused(name: string, needed: string): EverthreadError {
  return new EverthreadError(
    'COOKIE_PREFIX',
    `Give ${needed} with the name "${name}": browsers refuse the cookie otherwise`,
  )
}
