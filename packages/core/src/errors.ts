const marker = Symbol.for('everthread.error')

/**
 * The one error that Everthread raises. `code` is stable; the message says what to do.
 * `isInstance` works across duplicate installs of the package.
 */
export class EverthreadError extends Error {
  readonly code: string
  /** Whether a commit behind this error has happened. Only on errors of a commit. */
  readonly committed?: 'yes' | 'no' | 'unknown'

  constructor(code: string, message: string, options: { cause?: unknown; committed?: 'yes' | 'no' | 'unknown' } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'EverthreadError'
    this.code = code
    if (options.committed) this.committed = options.committed
    Object.defineProperty(this, marker, { value: true })
  }

  static isInstance(error: unknown): error is EverthreadError {
    return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[marker] === true
  }
}

/** The lease behind a commit is no longer held: nothing of the commit was done. Code `FENCED`. */
export class FencedError extends EverthreadError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('FENCED', message, { ...options, committed: 'no' })
    this.name = 'FencedError'
  }
}

/** The session has a turn or a lock already. Code `SESSION_BUSY`. */
export class SessionBusyError extends EverthreadError {
  /** The user who holds it, or what the service calls itself. */
  readonly holder: string
  /** Since when, in store time, ms since the epoch. */
  readonly since: number

  constructor(holder: string, since: number) {
    super(
      'SESSION_BUSY',
      `The session is held by "${holder}" since ${new Date(since).toISOString()}: try again later, or let it queue`,
    )
    this.name = 'SessionBusyError'
    this.holder = holder
    this.since = since
  }
}
