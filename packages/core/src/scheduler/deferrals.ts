/** However far away, the time is looked at so often, ms: timers are no clocks. */
const LOOK_MS = 60_000
/** A clock that was given may go as it likes. */
const LOOK_AT_GIVEN_MS = 20

/** Turns that wait for a time. */
export class Deferrals {
  readonly #isGiven: boolean
  #count = 0

  /** @param isGiven - whether the clock is one of the user's own */
  constructor(isGiven: boolean) {
    this.#isGiven = isGiven
  }

  get count(): number {
    return this.#count
  }

  /** Ends at this time of `now`, or with the signal's reason. */
  async until(time: number, now: () => number, signal: AbortSignal): Promise<void> {
    this.#count++
    try {
      for (let left = time - now(); left > 0; left = time - now()) {
        await pause(Math.min(left, this.#isGiven ? LOOK_AT_GIVEN_MS : LOOK_MS), signal)
      }
    } finally {
      this.#count--
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
  })
}
