/** A session need not know more of what it waits for. */
const MOST = 32

/** What a session waits for: an interrupt, by the checkpoint that it stands beside, or an answer to a call, by its id. */
export const interruptAt = (checkpoint: string): string => `@${checkpoint}`
export const answerTo = (call: string): string => `#${call}`

/** After a checkpoint of the root namespace, nothing is waited for but what is written beside it, or was already. */
export function waitingAtCheckpoint(before: readonly string[] | undefined, id: string, waits: boolean): string[] {
  const here = interruptAt(id)
  return waits || before?.includes(here) ? [here] : []
}

/** With one more thing to wait for. */
export const waitingAlso = (before: readonly string[] | undefined, one: string): string[] =>
  [...new Set([...(before ?? []), one])].slice(-MOST)
