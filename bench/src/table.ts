/** Left-aligned first column, the others to the right; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const [head = [], ...body] = rows
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n')
}

/** `5.2 MB`: decimal units, three figures. */
export function bytes(count: number): string {
  const unit = count < 1e6 ? ([1e3, 'kB'] as const) : count < 1e9 ? ([1e6, 'MB'] as const) : ([1e9, 'GB'] as const)
  return `${figures(count / unit[0])} ${unit[1]}`
}

/** Three figures at most. */
export function figures(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
