import { stems } from './words.ts'

const maxQuotes = 3

/** What was asked in this session so far. */
export function recallAnswer(questions: readonly string[]): string {
  if (questions.length === 0) return 'Nothing yet: this is the first question of this session.'
  const list = questions.map((question, index) => `  ${index + 1}. ${question}`)
  return [
    `You asked me ${questions.length === 1 ? 'one question' : `${questions.length} questions`} before:`,
    ...list,
  ].join('\n')
}

export function listAnswer(files: string): string {
  const paths = files.split('\n')
  return [
    `The folder holds ${paths.length === 1 ? 'one file' : `${paths.length} files`}:`,
    ...paths.map((path) => `  ${path}`),
  ].join('\n')
}

interface Quote {
  path: string
  line: number
  text: string
}

/** Quotes the lines that answer best, each with its place and the heading it stands under. */
export function answerFrom(question: string, results: readonly { tool: string; text: string }[]): string {
  const search = results.find(({ tool }) => tool === 'search_files')
  const read = results.find(({ tool }) => tool === 'read_file')
  if (!search) return read ? excerpt(question, read.text) : 'I found nothing.'
  const quotes = hits(search.text)
  if (quotes.length === 0) return `I found nothing about that in the folder. ${search.text}`
  const heading = read && quotes[0] ? headingAbove(read.text, quotes[0].line) : undefined
  const said = alike(question, quotes).map(({ path, line, text }) => `  ${path}:${line}: ${text}`)
  return [heading ? `The best match is under "${heading}":` : 'The best match:', ...said].join('\n')
}

function hits(text: string): Quote[] {
  return text.split('\n').flatMap((row) => {
    const [, path = '', line = '', found = ''] = row.match(/^(.+?):(\d+): (.*)$/) ?? []
    return path ? [{ path, line: Number(line), text: found }] : []
  })
}

/** The best line, and others that hold the same words of the question. */
function alike(question: string, quotes: readonly Quote[]): Quote[] {
  const wanted = [...stems(question)]
  const held = ({ path, text }: Quote): string => {
    const words = stems(`${path} ${text}`)
    return wanted.filter((word) => words.has(word)).join(' ')
  }
  return quotes.filter((quote) => quotes[0] && held(quote) === held(quotes[0])).slice(0, maxQuotes)
}

function headingAbove(numbered: string, line: number): string | undefined {
  const before = numbered.split('\n').filter((row) => Number.parseInt(row, 10) <= line)
  return before.findLast((row) => /^\d+: #/.test(row))?.replace(/^\d+: #+\s*/, '')
}

/** The lines of a file that hold words of the question; without any, its beginning. */
function excerpt(question: string, text: string): string {
  if (text.startsWith('Error: ')) return `I could not read that. ${text.slice('Error: '.length)}`
  const wanted = [...stems(question)]
  const rows = text.split('\n').filter((row) => /^\d+: ./.test(row))
  const telling = rows.filter((row) => wanted.some((word) => stems(row).has(word)))
  const shown = (telling.length > 0 ? telling : rows).slice(0, 2 * maxQuotes)
  return ['It says, by line:', ...shown.map((row) => `  ${row}`)].join('\n')
}
