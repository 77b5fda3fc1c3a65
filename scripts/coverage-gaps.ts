import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './run-command.ts'

type Covered = Record<'lines' | 'branches', { total: number; covered: number; pct: number }>

/** A table of the source files whose lines or branches are covered by less than 90%; empty when there is none. */
export function coverageGaps(): string[] {
  const file = join(root, 'coverage/coverage-summary.json')
  if (!existsSync(file)) return []
  const summary = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Covered>
  const low = Object.entries(summary).filter(
    ([path, { lines, branches }]) => path !== 'total' && isLow(lines, branches),
  )
  if (low.length === 0) return []
  const rows = low.map(([path, { lines, branches }]) => [
    relative(root, path),
    percent(lines.pct),
    percent(branches.pct),
  ])
  const width = Math.max(...rows.map(([path = '']) => path.length))
  return [
    `${'Files below 90%'.padEnd(width)}   lines  branches`,
    ...rows.map(
      ([path = '', lines = '', branches = '']) =>
        `${path.padEnd(width)}  ${lines.padStart(6)}  ${branches.padStart(8)}`,
    ),
  ]
}

function isLow(lines: { pct: number }, branches: { pct: number; total: number }): boolean {
  return lines.pct < 90 || (branches.total > 0 && branches.pct < 90)
}

function percent(value: number): string {
  return `${value.toFixed(1)}%`
}
