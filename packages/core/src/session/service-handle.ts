import type { Session } from './session.ts'
import { SessionHandle } from './session-handle.ts'
import { checkSessionId } from './session-id.ts'
import type { Principal, SessionService } from './session-service.ts'

/** As a service: every session of the tenant, also those that are not made yet. */
export class ServiceHandle extends SessionHandle {
  readonly #service: SessionService
  readonly #principal: Principal

  constructor(service: SessionService, who: string) {
    const principal = { userId: undefined, who }
    super(service, principal)
    this.#service = service
    this.#principal = principal
  }

  /** A session by its id alone, without a look at the store: what is first written to it makes it. */
  open(id: string): Session {
    return this.#service.open(checkSessionId(id), undefined, this.#principal)
  }
}
