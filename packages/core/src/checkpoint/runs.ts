/**
 * A list value is a short list of runs over append-only segments. Runs name physical segments, so that reading
 * one never follows another list's.
 */
export interface Run {
  segment: string
  /** Inclusive. */
  from: number
  /** Exclusive. */
  to: number
}

export interface Address {
  segment: string
  position: number
}

export function countEntries(runs: readonly Run[]): number {
  let count = 0
  for (const run of runs) count += run.to - run.from
  return count
}

/** Extends the last run where the address follows it, else opens a new one. Changes `runs`, never a run in it. */
export function pushAddress(runs: Run[], { segment, position }: Address): void {
  const last = runs.at(-1)
  if (last && last.segment === segment && last.to === position) {
    runs[runs.length - 1] = { segment, from: last.from, to: position + 1 }
  } else {
    runs.push({ segment, from: position, to: position + 1 })
  }
}

/** The runs of the first `count` entries. */
export function takeEntries(runs: readonly Run[], count: number): Run[] {
  const taken: Run[] = []
  let left = count
  for (const run of runs) {
    if (left <= 0) break
    const size = Math.min(left, run.to - run.from)
    taken.push(size === run.to - run.from ? run : { ...run, to: run.from + size })
    left -= size
  }
  return taken
}

export function* addresses(runs: readonly Run[]): Generator<Address> {
  for (const { segment, from, to } of runs) {
    for (let position = from; position < to; position++) yield { segment, position }
  }
}

/** As written into a checkpoint: segment, from, to, segment, from, to, ... */
export function packRuns(runs: readonly Run[]): (string | number)[] {
  return runs.flatMap(({ segment, from, to }) => [segment, from, to])
}

export function unpackRuns(packed: readonly (string | number)[]): Run[] {
  const runs: Run[] = []
  for (let i = 0; i + 2 < packed.length; i += 3) {
    runs.push({ segment: String(packed[i]), from: Number(packed[i + 1]), to: Number(packed[i + 2]) })
  }
  return runs
}

export function sameRuns(a: readonly Run[], b: readonly Run[]): boolean {
  return (
    a.length === b.length &&
    a.every((run, i) => run.segment === b[i]?.segment && run.from === b[i]?.from && run.to === b[i]?.to)
  )
}
