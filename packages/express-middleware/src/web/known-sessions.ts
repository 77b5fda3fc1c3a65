import { HELD, type Held } from '../request/held.ts'
import type { Known } from './known.ts'

/** What is known of each session, by its object. */
export class KnownSessions {
  /** Of objects that are no sessions of ours: what express-session hands to a store. */
  readonly #others: WeakMap<object, Known> = new WeakMap()

  get(session: object): Known | undefined {
    const held = heldOf(session)
    if (!held) return this.#others.get(session)
    return held.by === this ? held.known : undefined
  }

  set(session: object, known: Known): void {
    const held = heldOf(session)
    if (held) Object.assign(held, { by: this, known })
    else this.#others.set(session, known)
  }
}

function heldOf(session: object): Held | undefined {
  return Object.hasOwn(session, HELD) ? (session as { [HELD]: Held })[HELD] : undefined
}
