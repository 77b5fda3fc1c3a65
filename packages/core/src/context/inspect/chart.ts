import type { ContextPart, Inspection } from './inspect.ts'

export interface ChartOptions {
  /** With colours, for a terminal. Default: plain text. */
  colour?: boolean
  /** How long the longest bar is, in characters. Default 30. */
  width?: number
}

const PARTS: readonly [ContextPart, string, number][] = [
  ['system', 'system', 35],
  ['tools', 'tools', 36],
  ['history', 'history', 32],
  ['results', 'results', 33],
  ['reasoning', 'reasoning', 34],
  ['files', 'files', 31],
]

const BAR = '█'
const PLAIN_BAR = '#'

/** The inspection as a bar chart of lines. */
export function contextChart(
  inspection: Inspection & { prune?: { tokens: { before: number; after: number } } },
  { colour = false, width = 30 }: ChartOptions = {},
): string {
  const { tokens, messages, window, share, byPart, byTool, biggest, prune } = inspection
  const most = Math.max(1, ...Object.values(byPart), ...Object.values(byTool).map((tool) => tool.tokens))
  const bar = (size: number, code: number): string => {
    const text = (colour ? BAR : PLAIN_BAR).repeat(size === 0 ? 0 : Math.max(1, Math.round((size / most) * width)))
    return colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  }
  const row = (name: string, size: number, code: number): string =>
    `  ${name.slice(0, 24).padEnd(24)} ${number(size).padStart(10)}  ${bar(size, code)}`.trimEnd()
  const of = window === undefined ? '' : ` of ${number(window)} (${Math.round(100 * (share ?? 0))}%)`
  const tools = Object.entries(byTool)
  return [
    `Context: about ${number(tokens)} tokens${of} in ${number(messages)} messages`,
    ...PARTS.map(([part, name, code]) => row(name, byPart[part], code)),
    ...(tools.length > 0 ? ['By tool'] : []),
    ...tools.slice(0, 8).map(([name, tool]) => row(`${oneLine(name)} (${tool.calls}x)`, tool.tokens, 33)),
    ...(biggest.length > 0 ? ['Biggest messages'] : []),
    ...biggest.map(({ place, role, tool, tokens: size, begins }) => {
      const who = tool === undefined ? role : `${role} ${oneLine(tool)}`
      return `  ${`#${place} ${who}`.slice(0, 24).padEnd(24)} ${number(size).padStart(10)}  ${oneLine(begins)}`.trimEnd()
    }),
    ...(prune
      ? [`A prune now would leave ${number(prune.tokens.after)} of ${number(prune.tokens.before)} tokens`]
      : []),
  ].join('\n')
}

/** Whether a chart may be coloured where it is going. */
export function takesColour(
  stream: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = {},
): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US')

/** Text of messages cannot steer the terminal. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
