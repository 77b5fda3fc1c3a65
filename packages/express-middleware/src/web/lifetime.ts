import { EverthreadError } from '@everthread/core'
import type { Meta } from './meta.ts'

const DAY = 86_400_000

/** How long web sessions live, ms. */
export interface LifetimeOptions {
  /** Without a request for this long, a session ends. Default: the `maxAge` of its cookie, or a day. */
  idle?: number | undefined
  /** After this long a session ends whatever happens; counted from its making, which a login is too. Default: never. */
  absolute?: number | undefined
  /** The end of `idle` is moved at most this often by requests that only read. Default: a tenth of it, a minute at most. */
  touchAfter?: number | undefined
}

export class Lifetime {
  readonly #options: LifetimeOptions

  /** @throws `LIFETIME_INVALID` */
  constructor({ idle, absolute, touchAfter }: LifetimeOptions) {
    for (const [name, value] of Object.entries({ idle, absolute, touchAfter })) {
      const least = name === 'touchAfter' ? 0 : 1
      if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue
      throw new EverthreadError('LIFETIME_INVALID', `Give ${name} as a whole number of milliseconds, at least ${least}`)
    }
    this.#options = { idle, absolute, touchAfter }
  }

  /** Ms from `now` (store time) until the session ends if nothing comes; at most 0 when it is over. */
  left(meta: Meta, now: number): number {
    const idle = this.#idle(meta)
    const { absolute } = this.#options
    if (absolute === undefined) return idle
    return Math.min(idle, (meta.createdAt ?? now) + absolute - now)
  }

  /** Whether its end should be moved, when it now stands at `expiresAt`. */
  isDue(meta: Meta, now: number, expiresAt: number | undefined): boolean {
    const { touchAfter = Math.min(60_000, this.#idle(meta) / 10) } = this.#options
    const left = this.left(meta, now)
    return left > 0 && now + left - (expiresAt ?? now) >= Math.max(1, touchAfter)
  }

  #idle({ cookie }: Meta): number {
    const { idle } = this.#options
    if (idle !== undefined) return idle
    return typeof cookie.originalMaxAge === 'number' ? Math.ceil(cookie.originalMaxAge) : DAY
  }
}
