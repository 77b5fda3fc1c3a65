import { EverthreadError } from '@everthread/core'
import { type SetCookie, stringifySetCookie } from 'cookie'

/** How the cookie is set. Times in ms; without `maxAge` and `expires` the browser keeps it until it is closed. */
export interface CookieOptions {
  domain?: string | undefined
  expires?: Date | null | undefined
  httpOnly?: boolean | undefined
  maxAge?: number | null | undefined
  originalMaxAge?: number | null | undefined
  partitioned?: boolean | undefined
  path?: string | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  /** `auto`: `none` on a secure connection, else `lax`. */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  /** `auto`: as the connection is. */
  secure?: boolean | 'auto' | undefined
}

/** What is kept of a cookie, and what a `Set-Cookie` is made of. */
export interface CookieData extends Omit<CookieOptions, 'maxAge'> {
  originalMaxAge: number | null
}

/** Not to be taken over as they are. */
const OURS = new Set(['data', 'originalMaxAge', '__proto__'])

/** The cookie of a session, `req.session.cookie`: as in express-session. */
export class Cookie implements CookieOptions {
  path = '/'
  httpOnly = true
  declare domain: CookieOptions['domain']
  declare partitioned: CookieOptions['partitioned']
  declare priority: CookieOptions['priority']
  declare sameSite: CookieOptions['sameSite']
  declare secure: CookieOptions['secure']
  /** What `maxAge` was set to last, ms: a touch resets it to this. */
  originalMaxAge: number | null = null
  #expires: Date | null = null

  /** @throws `COOKIE_INVALID` */
  constructor(options?: CookieOptions) {
    if (!options) return
    if (typeof options !== 'object') throw invalid('argument options must be an object')
    for (const [key, value] of Object.entries(options)) {
      if (!OURS.has(key)) Object.assign(this, { [key]: value })
    }
    if (options.originalMaxAge !== undefined && options.originalMaxAge !== null) {
      this.originalMaxAge = options.originalMaxAge
    }
  }

  get expires(): Date | null {
    return this.#expires
  }

  set expires(date: Date | null | undefined) {
    this.#expires = date ?? null
    this.originalMaxAge = this.maxAge
  }

  /** Ms from now until it expires. */
  get maxAge(): number | null {
    return this.#expires instanceof Date ? this.#expires.valueOf() - Date.now() : this.#expires
  }

  /** @throws `COOKIE_INVALID` */
  set maxAge(ms: number | Date | null | undefined) {
    if (ms && typeof ms !== 'number' && !(ms instanceof Date)) throw invalid('maxAge must be a number of milliseconds')
    this.expires = typeof ms === 'number' ? new Date(Date.now() + ms) : ms
    // Exactly what was asked for, whatever the clock did meanwhile.
    if (typeof ms === 'number') this.originalMaxAge = ms
  }

  get data(): CookieData {
    return {
      originalMaxAge: this.originalMaxAge,
      partitioned: this.partitioned,
      priority: this.priority,
      expires: this.#expires,
      secure: this.secure,
      httpOnly: this.httpOnly,
      domain: this.domain,
      path: this.path,
      sameSite: this.sameSite,
    }
  }

  /** The value of a `Set-Cookie`. Refuses what could not stand in a header. */
  serialize(name: string, value: string): string {
    const attributes: Record<string, unknown> = { ...this.data, expires: this.#expires ?? undefined }
    delete attributes.originalMaxAge
    const set = { ...attributes, name, value } as SetCookie
    try {
      return stringifySetCookie(set, { encode: encodeURIComponent })
    } catch (cause) {
      throw invalid(cause instanceof Error ? cause.message : String(cause), cause)
    }
  }

  toJSON(): CookieData {
    return this.data
  }
}

/** A cookie by these options, on a connection that is secure or not. */
export function newCookie(options: CookieOptions, isOnTls: boolean): Cookie {
  const cookie = new Cookie(options)
  if (options.secure === 'auto') cookie.secure = isOnTls
  if (options.sameSite === 'auto') cookie.sameSite = isOnTls ? 'none' : 'lax'
  return cookie
}

function invalid(what: string, cause?: unknown): EverthreadError {
  return new EverthreadError('COOKIE_INVALID', `Mend the cookie's settings: ${what}`, { cause })
}
