import { type StructuredToolInterface, tool } from '@langchain/core/tools'
import { z } from 'zod'
import { type Folder, FolderError } from './folder.ts'
import { stems } from './words.ts'

const maxLines = 120
const maxHits = 12

/** The tools of the agent: each really reads the folder, at the moment it is called. */
export function folderTools(folder: Folder): StructuredToolInterface[] {
  return [
    tool(async () => (await folder.files()).join('\n') || 'The folder has no text files.', {
      name: 'list_files',
      description: 'Lists the files of the folder, one path a line.',
      schema: z.object({}),
    }),
    tool(({ path, from }) => answered(() => readFile(folder, path, from)), {
      name: 'read_file',
      description: `Reads a file of the folder, up to ${maxLines} lines, each with its number.`,
      schema: z.object({
        path: z.string().describe('as list_files gives it'),
        from: z.number().int().min(1).default(1).describe('the first line to read'),
      }),
    }),
    tool(({ query }) => answered(() => search(folder, query)), {
      name: 'search_files',
      description: 'Searches all files for words and gives the best lines as path:line: text, best first.',
      schema: z.object({ query: z.string().min(1) }),
    }),
  ]
}

/** A refusal is an answer that the model can work with, not the end of the turn. */
async function answered(work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FolderError) return `Error: ${error.message}`
    throw error
  }
}

async function readFile(folder: Folder, path: string, from: number): Promise<string> {
  const lines = await folder.lines(path)
  if (lines.at(-1) === '') lines.pop()
  const shown = lines.slice(from - 1, from - 1 + maxLines).map((line, index) => `${from + index}: ${line}`)
  const left = lines.length - (from - 1 + shown.length)
  return [...shown, ...(left > 0 ? [`(${left} more lines, from line ${from + shown.length})`] : [])].join('\n')
}

interface Line {
  place: string
  text: string
  words: number
  matched: string[]
}

/** The most matching words first; among equals, short lines and words that few lines have. */
async function search(folder: Folder, query: string): Promise<string> {
  const wanted = [...stems(query)]
  const found: Line[] = []
  for (const path of await folder.files()) {
    const lines = await folder.lines(path).catch(skipUnreadable)
    // What a file is called tells what its lines are about.
    const about = stems(path)
    for (const [index, text] of lines.entries()) {
      const held = stems(text)
      if (!wanted.some((word) => held.has(word))) continue
      const matched = wanted.filter((word) => held.has(word) || about.has(word))
      found.push({ place: `${path}:${index + 1}`, text: text.trim(), words: held.size, matched })
    }
  }
  if (found.length === 0) return `No line has any of: ${wanted.join(', ')}.`
  const rarity = new Map(wanted.map((word) => [word, Math.log(1 + found.length / linesWith(found, word))]))
  const score = ({ matched, words }: Line): number =>
    matched.reduce((sum, word) => sum + (rarity.get(word) ?? 0), 0) / (4 + words)
  const ranked = found.sort((a, b) => b.matched.length - a.matched.length || score(b) - score(a)).slice(0, maxHits)
  return ranked.map(({ place, text }) => `${place}: ${text}`).join('\n')
}

function linesWith(found: readonly Line[], word: string): number {
  return Math.max(1, found.filter(({ matched }) => matched.includes(word)).length)
}

function skipUnreadable(error: unknown): string[] {
  if (error instanceof FolderError) return []
  throw error
}
