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
