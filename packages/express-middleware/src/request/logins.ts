import { EverthreadError } from '@everthread/core'
import { hashOf } from '../web/layout.ts'
import type { Login } from '../web/meta.ts'
import type { Session } from './session.ts'
import type { SessionRequest } from './session-request.ts'
import { visitOf } from './visit-of.ts'

export interface LoginOptions {
  /** Whether what the session held before stays. Default true. */
  keep?: boolean
}

/** A web session that a user is logged in with. */
export interface LoginInfo {
  /** Names it for `revoke`; it opens nothing. */
  id: string
  /** Whether it is the one that asks. */
  current: boolean
  /** The browser, as it names itself. */
  device: string | undefined
  address: string | undefined
  /** Times in ms, store time. The last is as fine as `touchAfter`. */
  loggedInAt: number
  lastSeenAt: number
  expiresAt: number | undefined
}

/** The user of a session, and where else they are logged in. */
export interface Logins {
  /** Undefined while nobody is logged in. */
  readonly userId: string | undefined
  /** The user's live web sessions, the last seen first. */
  list(): Promise<LoginInfo[]>
  /** Ends one of the user's sessions. False when there is none of that id, or it is somebody else's. */
  revoke(id: string): Promise<boolean>
  /** Ends all but this one, and gives their number. */
  revokeOthers(): Promise<number>
  /** Ends all, this one too: the request goes on with a new session that knows nothing. */
  revokeAll(): Promise<number>
}

/** @throws `USER_INVALID` */
export function loginAt(req: SessionRequest, userId: string): Login {
  if (typeof userId !== 'string' || userId === '') {
    throw new EverthreadError('USER_INVALID', 'Give login a userId: a text that is not empty')
  }
  return { userId, at: Date.now(), ...whereabouts(req) }
}

/** From where a request comes. */
export function whereabouts(req: SessionRequest): Pick<Login, 'device' | 'address'> {
  return { device: req.headers['user-agent'], address: req.ip ?? req.socket.remoteAddress }
}

export function loginsOf(session: Session): Logins {
  const visit = visitOf(session.req)
  const keeper = visit.keeper('logins')
  const { web } = keeper
  // After a login the request has another session than the one that was asked.
  const current = (): Session => visit.req.session ?? session
  const userId = (): string | undefined => keeper.knownOf(current())?.meta.login?.userId

  async function list(): Promise<LoginInfo[]> {
    const user = userId()
    if (user === undefined) return []
    const found: LoginInfo[] = []
    for await (const hash of web.ofUser(user)) {
      const known = await web.loadByHash(hash)
      const login = known?.meta.login
      if (!known || login?.userId !== user) continue
      found.push({
        id: hash,
        current: hash === hashOf(current().id),
        device: login.device,
        address: login.address,
        loggedInAt: known.meta.createdAt ?? known.storeTime,
        // Revisions follow the store's time in microseconds, and every move of a session's end has one.
        lastSeenAt: Math.min(known.storeTime, Math.floor(known.rev / 1000)),
        expiresAt: known.expiresAt,
      })
    }
    return found.sort((a, b) => b.lastSeenAt - a.lastSeenAt)
  }

  async function end(which: (info: LoginInfo) => boolean): Promise<number> {
    const ended = (await list()).filter(which)
    for (const { id } of ended) await web.dropByHash(id)
    return ended.length
  }

  return {
    get userId() {
      return userId()
    },
    list,
    revoke: async (id) => (await end((info) => info.id === id)) > 0,
    revokeOthers: () => end((info) => !info.current),
    revokeAll: async () => {
      const count = await end((info) => !info.current)
      const isLoggedIn = userId() !== undefined
      await visit.regenerate()
      return isLoggedIn ? count + 1 : count
    },
  }
}
