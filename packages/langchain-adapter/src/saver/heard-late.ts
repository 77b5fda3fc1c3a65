/**
 * The promise, with those looked after that are derived from it. LangGraph derives one of each write, and awaits it at
 * the end of the superstep or of the run; Node ends a process in which one that nobody has awaited yet is rejected.
 */
export function heardLate<T>(promise: Promise<T>): Promise<T> {
  const derive = promise.then.bind(promise)
  const then: typeof derive = (onFulfilled, onRejected) => {
    const derived = derive(onFulfilled, onRejected)
    derived.catch(() => undefined)
    return derived
  }
  return Object.assign(promise, { then })
}
