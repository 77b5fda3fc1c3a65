import type { ServerResponse } from 'node:http'
import { EverthreadError } from '@everthread/core'
import { isSecure, setSessionCookie } from '../cookie/session-cookie.ts'
import type { Secret } from '../cookie/signature.ts'
import type { Look } from '../request/changes.ts'
import type { Session } from '../request/session.ts'
import type { Visit } from '../request/visit.ts'
import { hashOf } from '../web/layout.ts'
import type { Steps } from './answer.ts'
import type { SessionEvents } from './events.ts'
import type { Settings } from './options.ts'

/** What a request's answer does about its session: the cookie, and what is stored of it. */
export class RequestCommit implements Steps {
  readonly #visit: Visit
  readonly #res: ServerResponse
  readonly #settings: Settings
  readonly #secret: Secret
  readonly #cookieId: string | undefined
  readonly #events: SessionEvents
  readonly #next: (error: unknown) => void
  #running: Promise<void> | undefined
  #isTouched = false
  #isTouchStored = false
  #hasGivenUp = false
  #headersGone = false
  #cookieIsSet = false

  constructor(
    visit: Visit,
    res: ServerResponse,
    settings: Settings,
    given: { secret: Secret; cookieId: string | undefined; events: SessionEvents; next: (error: unknown) => void },
  ) {
    this.#visit = visit
    this.#res = res
    this.#settings = settings
    this.#secret = given.secret
    this.#cookieId = given.cookieId
    this.#events = given.events
    this.#next = given.next
  }

  headers(isOpen: boolean): void {
    this.#headersGone = true
    const { session } = this.#visit.req
    try {
      if (!session || !this.#needsCookie(session, isOpen) || !this.#mayHaveCookie(session)) return
      this.#touch(session)
      setSessionCookie(this.#res, this.#settings.name, session.id, this.#secret, session.cookie)
      this.#cookieIsSet = true
    } catch (error) {
      this.report(error)
    }
  }

  pending(isEnd: boolean): Promise<void> | undefined {
    const again = () => this.pending(isEnd)
    const before = this.#running ?? this.#visit.underWay
    if (before) return before.then(again, again)
    if (this.#hasGivenUp) return undefined
    const work = this.#begin(isEnd)
    if (!work) return undefined
    const running = work.catch((error: unknown) => this.#judge(error, isEnd))
    this.#running = running.finally(() => {
      this.#running = undefined
    })
    if (this.#settings.waits) return this.#running
    this.#running.catch((error: unknown) => this.report(error))
    return undefined
  }

  failed(error: unknown): void {
    this.#next(error)
  }

  report(error: unknown): void {
    this.#events.error(error, this.#visit.req)
  }

  /** Whether something has changed shows in what would be stored, and a value may be none that can be. */
  #begin(isEnd: boolean): Promise<void> | undefined {
    try {
      return this.#work(isEnd)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #work(isEnd: boolean): Promise<void> | undefined {
    const { req } = this.#visit
    const { session, sessionID } = req
    if (!session) return this.#workWithout(isEnd)
    if (typeof sessionID !== 'string') return undefined
    if (isEnd) this.#touch(session)
    const look = this.#visit.changes.look(session)
    if (this.#needsSave(session, look)) {
      if (this.#isReachable(session)) return this.#visit.save(session, look)
      if (isEnd) this.#drop(session)
      return undefined
    }
    if (!isEnd || this.#isTouchStored || this.#cookieId !== sessionID) return undefined
    this.#isTouchStored = true
    return this.#visit.touch(session)
  }

  /** The handler has taken the session off the request, or destroyed it. */
  #workWithout(isEnd: boolean): Promise<void> | undefined {
    const { req } = this.#visit
    const { sessionID } = req
    if (!isEnd || !this.#settings.unsetDestroys || typeof sessionID !== 'string') return undefined
    this.#hasGivenUp = true
    return this.#visit.remove(sessionID)
  }

  async #judge(error: unknown, isEnd: boolean): Promise<void> {
    if (EverthreadError.isInstance(error) && error.code === 'SESSION_GONE') {
      this.#hasGivenUp = true
      this.#discard('destroyed')
      return
    }
    this.#hasGivenUp ||= isEnd
    throw error
  }

  #needsSave(session: Session, look: Look): boolean {
    const { changes } = this.#visit
    const isFresh =
      !this.#settings.saveUninitialized && !changes.isKnown && this.#cookieId !== this.#visit.req.sessionID
    return isFresh ? this.#isModified(session, look) : !look.isSaved
  }

  #needsCookie(session: Session, isOpen: boolean): boolean {
    const { sessionID } = this.#visit.req
    if (typeof sessionID !== 'string') return false
    const { changes } = this.#visit
    // What could not be stored is not to be asked for.
    if (this.#hasGivenUp) return this.#settings.rolling && this.#cookieId === sessionID
    if (this.#cookieId === sessionID) {
      return this.#settings.rolling || (session.cookie.expires != null && this.#isModified(session))
    }
    // What a stream writes to its session comes after its headers.
    return this.#settings.saveUninitialized || isOpen || this.#isModified(session) || changes.isKnown
  }

  #mayHaveCookie({ cookie }: Session): boolean {
    return !cookie.secure || isSecure(this.#visit.req, this.#settings.proxy)
  }

  /** Whether a later request can name the session: without a cookie it would be stored for nobody. */
  #isReachable(session: Session): boolean {
    if (this.#cookieId === session.id || this.#cookieIsSet) return true
    return !this.#headersGone && !this.#res.closed && this.#mayHaveCookie(session)
  }

  #drop(session: Session): void {
    if (this.#isModified(session)) this.#discard('unreachable')
    this.#hasGivenUp = true
  }

  #discard(reason: 'destroyed' | 'unreachable'): void {
    const { req } = this.#visit
    this.#events.discarded({ reason, session: hashOf(req.sessionID ?? ''), req })
  }

  #isModified(session: Session, look?: Look): boolean {
    return this.#visit.originalId !== session.id || (look ?? this.#visit.changes.look(session)).isModified
  }

  #touch(session: Session): void {
    if (this.#isTouched) return
    this.#isTouched = true
    session.touch()
  }
}
