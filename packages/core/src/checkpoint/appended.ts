import { packRuns, type Run, sameRuns, takeEntries, unpackRuns } from './runs.ts'

/**
 * The messages behind those of a tip's own channel: appended by others than the run that made it. A graph's next run
 * takes them in; in a session without a graph they are the history.
 */
export interface Appended {
  runs: readonly Run[]
  /** How many more messages the history has for them: what replaces another one does not count. */
  count: number
}

export const NONE_APPENDED: Appended = { runs: [], count: 0 }

export type PackedAppended = { a?: (string | number)[]; n?: number }

export const packAppended = ({ runs, count }: Appended): PackedAppended =>
  runs.length === 0 ? {} : { a: packRuns(runs), n: count }

export const unpackAppended = ({ a, n }: PackedAppended): Appended =>
  a === undefined ? NONE_APPENDED : { runs: unpackRuns(a), count: n ?? 0 }

/** Whether both are the same entries. */
export const sameAppended = (a: Appended, b: Appended): boolean => sameRuns(a.runs, b.runs)

/** What stands behind the first ones; undefined when these are not its first ones. */
export function appendedAfter({ runs, count }: Appended, first: Appended): Appended | undefined {
  const size = first.runs.reduce((sum, { from, to }) => sum + to - from, 0)
  if (!sameRuns(takeEntries(runs, size), first.runs)) return undefined
  return { runs: dropEntries(runs, size), count: Math.max(0, count - first.count) }
}

function dropEntries(runs: readonly Run[], count: number): Run[] {
  let left = count
  return runs.flatMap((run) => {
    const skipped = Math.min(left, run.to - run.from)
    left -= skipped
    return skipped === run.to - run.from ? [] : [{ ...run, from: run.from + skipped }]
  })
}
