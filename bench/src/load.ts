import { setTimeout as sleep } from 'node:timers/promises'

export interface Load {
  /** Operations a second. */
  rate: number
  /** Milliseconds. */
  p50: number
  p99: number
}

/**
 * Keeps `inFlight` operations going for about `ms` milliseconds, after a tenth of that as warm-up. With `thinkMs` each
 * of them is followed by a pause of that length on average, at random between half and one and a half of it.
 */
export async function load(
  operation: (index: number) => Promise<unknown>,
  inFlight: number,
  ms: number,
  thinkMs = 0,
): Promise<Load> {
  await drive(operation, inFlight, ms / 10, thinkMs)
  const start = performance.now()
  const times = await drive(operation, inFlight, ms, thinkMs)
  const seconds = (performance.now() - start) / 1000
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { rate: times.length / seconds, p50: at(0.5), p99: at(0.99) }
}

async function drive(
  operation: (index: number) => Promise<unknown>,
  inFlight: number,
  ms: number,
  thinkMs: number,
): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + ms
  let index = 0
  const one = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      if (thinkMs > 0) {
        await sleep(thinkMs * (0.5 + Math.random()))
        now = performance.now()
      }
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
