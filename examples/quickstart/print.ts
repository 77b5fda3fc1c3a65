export interface Printer {
  heading(text: string): void
  question(text: string): void
  answer(text: string): void
  note(text: string): void
  /** A line that the next output replaces; nothing where the output is not a terminal. */
  progress(text: string): void
}

/** As much of a terminal's stream as is needed here. */
export interface Output {
  write(text: string): unknown
  isTTY?: boolean
  columns?: number
}

/** Colour and a progress line on a terminal, plain text otherwise; `NO_COLOR` takes the colour away. */
export function createPrinter(out: Output = process.stdout, env: NodeJS.ProcessEnv = process.env): Printer {
  const coloured = out.isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (code: number, text: string): string => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const clearLine = out.isTTY ? '\r\u001b[K' : ''
  const line = (text: string): void => {
    out.write(`${clearLine}${text}\n`)
  }
  return {
    heading: (text) => line(`\n${paint(1, text)}`),
    question: (text) => line(`\n${paint(36, `> ${text}`)}`),
    answer: (text) => line(text),
    note: (text) => line(paint(2, `  ${text}`)),
    progress: (text) => {
      if (out.isTTY) out.write(`${clearLine}${paint(2, text.slice(0, (out.columns || 80) - 1))}`)
    },
  }
}

/** `1,234`. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** `3 files`, `1 file`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}
