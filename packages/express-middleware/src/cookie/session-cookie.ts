import type { ServerResponse } from 'node:http'
import { parseCookie } from 'cookie'
import type { SessionRequest } from '../request/session-request.ts'
import type { Cookie } from './cookie.ts'
import { type Secret, sign, unsign } from './signature.ts'

/** The id in the request's cookie, when its signature holds; else what `cookie-parser` has verified before us. */
export function readSessionCookie(req: SessionRequest, name: string, secrets: readonly Secret[]): string | undefined {
  const header = req.headers.cookie
  const direct = header ? unsign(parseCookie(header)[name], secrets) : undefined
  if (direct !== undefined) return direct
  const verified = ownValue(req.signedCookies, name)
  if (typeof verified === 'string' && verified !== '') return verified
  return unsign(ownValue(req.cookies, name), secrets)
}

/** Beside the cookies that the answer sets already. */
export function setSessionCookie(res: ServerResponse, name: string, id: string, secret: Secret, cookie: Cookie): void {
  res.appendHeader('Set-Cookie', cookie.serialize(name, sign(id, secret)))
}

/** Whether the client speaks to us, or to the proxy before us, by TLS. */
export function isSecure(req: SessionRequest, trustProxy: boolean | undefined): boolean {
  if ('encrypted' in req.socket && req.socket.encrypted) return true
  if (trustProxy === false) return false
  if (trustProxy === undefined) return req.secure === true
  const [first = ''] = String(req.headers['x-forwarded-proto'] ?? '').split(',')
  return first.trim().toLowerCase() === 'https'
}

function ownValue(record: object | undefined, name: string): unknown {
  return record && Object.hasOwn(record, name) ? (record as Record<string, unknown>)[name] : undefined
}
