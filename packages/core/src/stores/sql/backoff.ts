import { setTimeout as sleep } from 'node:timers/promises'

/** Waits before try number `attempt` (from 0): doubling from `firstMs` to at most `maxMs`, with half of it left to chance. */
export async function backOff(attempt: number, firstMs: number, maxMs: number): Promise<void> {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  await sleep(full / 2 + (Math.random() * full) / 2)
}
