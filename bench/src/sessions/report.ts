import { bytes, figures, table } from '../table.ts'
import type { SessionsResult } from './measure.ts'

export function sessionsTable(results: readonly SessionsResult[]): string {
  const head = ['saver', 'text', 'created /s', 'stored', 'a session', 'x JSON', 'grown x JSON', 'live/allocated']
  const rows = results.map((result) => [
    result.name,
    result.text,
    Math.round(result.createdPerSecond).toLocaleString('en-US'),
    bytes(result.storedBytes),
    bytes(result.storedBytes / result.count),
    `${figures(result.ofJson)}x`,
    `${figures(result.grown.ofJson)}x`,
    figures(result.liveOverAllocated),
  ])
  return table([head, ...rows])
}

export function loadsTable(results: readonly SessionsResult[]): string {
  const pair = ({ p50, p99 }: { p50: number; p99: number }): string[] => [figures(p50), figures(p99)]
  const head = [
    'loads, ms',
    'text',
    'one p50',
    'p99',
    '32 at half p50',
    'p99',
    'nothing p50',
    'p99',
    '32 at full p50',
    'p99',
    'loads /s',
  ]
  const rows = results.map(({ name, text, load: { one, half, full, ping } }) => [
    name,
    text,
    ...pair(one),
    ...pair(half),
    ...(ping ? pair(ping) : ['', '']),
    ...pair(full),
    Math.round(full.rate).toLocaleString('en-US'),
  ])
  return table([head, ...rows])
}

/** One line a saver: this process's heap on the way. */
export function heapLines(results: readonly SessionsResult[]): string[] {
  return results.map(
    ({ name, text, heap }) =>
      `heap, ${name}, ${text}: ${heap.map(({ at, bytes: used }) => `${bytes(used)} after ${at}`).join(', ')}`,
  )
}
