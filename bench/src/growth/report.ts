import { bytes, figures, table } from '../table.ts'
import { extrapolate } from './extrapolate.ts'
import type { GrowthResult } from './measure.ts'

export interface GrowthReport {
  bench: 'growth'
  at: string
  node: string
  cpu: string
  text: string
  turns: number
  points: number[]
  /** Deflate of all messages' JSON over its size: how compressible the text is. */
  deflateRatio: number
  results: GrowthResult[]
  /** Savers that could not run here, with the reason. */
  skipped: Record<string, string>
}

/** The table, one row a saver; `~` marks what is extrapolated from fewer turns. */
export function growthTable(report: GrowthReport): string {
  const last = Math.max(...report.points)
  const floor = report.results.find(({ name }) => name === 'reference keeper')
  const walk = report.results.find(({ name }) => name === 'reference keeper + walk')
  const json = report.results.find(({ turns }) => turns === report.turns)?.jsonBytes
  const head = ['saver', 'turns run', 'stored', 'x JSON', 'live', ...report.points.map((turn) => `ms @${turn}`)]
  const rows = report.results.map((result) => {
    const estimated = result.turns < report.turns ? extrapolate(result, report.turns, report.points) : undefined
    const stored = estimated ? estimated.storedBytes : result.storedBytes
    const mark = estimated ? '~' : ''
    const ms = (turn: number): string => {
      const measured = msAt(result, turn)
      if (measured !== undefined) return figures(measured)
      const guess = estimated?.msAt[turn]
      return guess === undefined ? '' : `~${figures(guess)}`
    }
    const over = (other: GrowthResult | undefined): string => {
      const base = other && msAt(other, last)
      const own = msAt(result, last) ?? estimated?.msAt[last]
      return base === undefined || own === undefined
        ? ''
        : `${msAt(result, last) === undefined ? '~' : ''}${figures(own / base)}x`
    }
    return [
      result.name,
      String(result.turns),
      stored === undefined ? '' : mark + bytes(stored),
      stored === undefined || json === undefined ? '' : `${mark}${figures(stored / json)}x`,
      result.liveBytes === undefined || json === undefined ? '' : `${figures(result.liveBytes / json)}x`,
      ...report.points.map(ms),
      over(floor),
      over(walk),
      figures(result.cpuSeconds),
    ]
  })
  return table([[...head, 'x keeper', 'x walk', 'CPU s'], ...rows])
}

/** One line a promise: the figure, the target, and whether it was met. */
export function growthPromises(report: GrowthReport): string[] {
  const last = Math.max(...report.points)
  const floor = report.results.find(({ name }) => name === 'reference keeper')
  const lines: string[] = []
  for (const result of report.results.filter(({ kind, turns }) => kind === 'ours' && turns === report.turns)) {
    if (result.storedBytes !== undefined) {
      lines.push(
        promise(
          `${result.name}: stored bytes over the JSON of the final messages`,
          result.storedBytes / result.jsonBytes,
          0.5,
        ),
      )
    }
    const [own, base] = [msAt(result, last), floor && msAt(floor, last)]
    if (own !== undefined && base !== undefined && result.name.includes('SQLite, share')) {
      lines.push(promise(`${result.name}: turn time at turn ${last} over the reference keeper`, own / base, 3))
      lines.push(...beside(result, floor, last))
    }
    if (result.verified) {
      const { checkpoints, wrong } = result.verified
      const verdict =
        wrong.length === 0 ? 'all equal to a full serialisation' : `DIFFERENT at ${wrong.join(', ')} from the newest`
      lines.push(`${result.name}: ${checkpoints} checkpoints read back from storage, ${verdict}`)
    }
  }
  return lines
}

/** The same of each run beside the keeper's before it, and of the processor's time. */
function beside(own: GrowthResult, base: GrowthResult | undefined, turn: number): string[] {
  const [a, b] = [own, base].map((result) => result?.points.find((point) => point.turn === turn))
  if (!a || !b) return []
  const runs = (a.msOfRuns ?? []).map((ms, run) => figures(ms / (b.msOfRuns?.[run] ?? Number.NaN)))
  return [`${own.name}: run by run ${runs.join('x, ')}x; of CPU ${figures(a.cpuMs / b.cpuMs)}x`]
}

function promise(what: string, ratio: number, target: number): string {
  return `${what}: ${figures(ratio)}x (target at most ${target}x, ${ratio <= target ? 'met' : 'MISSED'})`
}

function msAt(result: GrowthResult, turn: number): number | undefined {
  return result.points.find((point) => point.turn === turn)?.ms
}
