import type { ServerResponse } from 'node:http'
import { parseCookie } from 'cookie'
import { LRUCache } from 'lru-cache'
import type { SessionRequest } from '../request/session-request.ts'
import type { Cookie } from './cookie.ts'
import { type Secret, sign, unsign } from './signature.ts'

/** Headers that are remembered, and how long they may be, in characters. */
const REMEMBERED = 4_096
const LONGEST = 2_048

/** Reads the session's id from requests. A browser sends the same header again and again: it is verified once. */
export class SessionCookies {
  readonly #name: string
  readonly #secrets: readonly Secret[]
  /** The secrets that what is remembered was verified by: whoever takes one away from the list means it. */
  #verifiers: readonly Secret[] = []
  readonly #ids: LRUCache<string, string> = new LRUCache({ max: REMEMBERED })

  constructor(name: string, secrets: readonly Secret[]) {
    this.#name = name
    this.#secrets = secrets
  }

  /** The id in the request's cookie, when its signature holds; else what `cookie-parser` has verified before us. */
  read(req: SessionRequest): string | undefined {
    const header = req.headers.cookie
    return (header && this.#verified(header)) || readParsed(req, this.#name, this.#secrets)
  }

  #verified(header: string): string | undefined {
    const isAsBefore =
      this.#verifiers.length === this.#secrets.length &&
      this.#secrets.every((secret, at) => secret === this.#verifiers[at])
    if (!isAsBefore) {
      this.#ids.clear()
      this.#verifiers = [...this.#secrets]
    }
    const known = this.#ids.get(header)
    if (known !== undefined) return known
    const id = unsign(parseCookie(header)[this.#name], this.#secrets)
    if (id !== undefined && header.length <= LONGEST) this.#ids.set(header, id)
    return id
  }
}

function readParsed(req: SessionRequest, name: string, secrets: readonly Secret[]): string | undefined {
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
