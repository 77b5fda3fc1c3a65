import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { askOnce } from './ask.ts'
import { createPrinter } from './print.ts'
import { tour } from './tour.ts'

const usage = `Usage: npm start                   the tour
       npm start -- "a question"  one question to the same session
       --folder path              another folder to ask about`

interface Order {
  question: string
  folder: string
}

function readOrder(args: string[]): Order {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { folder: { type: 'string' } } })
  const question = positionals.join(' ').trim()
  return { question, folder: values.folder ?? fileURLToPath(new URL('./handbook', import.meta.url)) }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? ` (${String(error.code)})` : ''
  return `${error.message.split('\n')[0]}${code}`
}

let order: Order | undefined
try {
  order = readOrder(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${explain(error)}\n${usage}\n`)
  process.exitCode = 2
}
if (order) {
  const print = createPrinter()
  try {
    await (order.question ? askOnce(order.question, order.folder, print) : tour(order.folder, print))
  } catch (error) {
    print.progress('')
    process.stderr.write(`${explain(error)}\n`)
    process.exitCode = 1
  }
}
