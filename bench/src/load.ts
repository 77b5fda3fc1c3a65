export interface Load {
  /** Operations a second. */
  rate: number
  /** Milliseconds. */
  p50: number
  p99: number
}

/** Keeps `inFlight` operations going for about `ms` milliseconds, after a tenth of that as warm-up. */
export async function load(
  operation: (index: number) => Promise<unknown>,
  inFlight: number,
  ms: number,
): Promise<Load> {
  await drive(operation, inFlight, ms / 10)
  const start = performance.now()
  const times = await drive(operation, inFlight, ms)
  const seconds = (performance.now() - start) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99) }
}

async function drive(operation: (index: number) => Promise<unknown>, inFlight: number, ms: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + ms
  let index = 0
  const one = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      await operation(index++)
      const done = performance.now()
      times.push(done - now)
      now = done
      // Databases in this process never leave the microtask queue: timers and sockets get their turn here.
      if (times.length % 64 === 0) await new Promise(setImmediate)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  return times
}
