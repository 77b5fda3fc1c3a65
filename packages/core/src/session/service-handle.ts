import type { Store } from '../contract/store.ts'
import { openShare } from '../share/open-share.ts'
import type { SharedSession } from '../share/shared-session.ts'
import type { Session } from './session.ts'
import { SessionHandle } from './session-handle.ts'
import { checkSessionId } from './session-id.ts'
import type { Principal, SessionService } from './session-service.ts'

/** As a service: every session of the tenant, also those that are not made yet. */
export class ServiceHandle extends SessionHandle {
  readonly #service: SessionService
  readonly #principal: Principal
  readonly #store: Store

  constructor(service: SessionService, who: string, store: Store) {
    const principal = { userId: undefined, who }
    super(service, principal)
    this.#service = service
    this.#principal = principal
    this.#store = store
  }

  /** A session by its id alone, without a look at the store: what is first written to it makes it. */
  open(id: string): Session {
    return this.#service.open(checkSessionId(id), undefined, this.#principal)
  }

  /**
   * What the link of a token shows; opening it counts. Undefined for what is no token, and for a link that is over,
   * revoked, or of a session that is gone, all alike.
   */
  async openShare(token: string): Promise<SharedSession | undefined> {
    const opened = await openShare(this.#store, this.#service.tenant, token)
    const session = opened && (await this.get(opened.session))
    if (session) return session.shares.show(opened.hash, opened.row)
    await this.#service.denied(this.#principal, 'SHARE_UNKNOWN', {})
    return undefined
  }
}
