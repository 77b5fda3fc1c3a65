import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Folder } from '../../examples/quickstart/folder.ts'
import { createPrinter } from '../../examples/quickstart/print.ts'
import { folderTools } from '../../examples/quickstart/tools.ts'

const top = mkdtempSync(join(tmpdir(), 'everthread-folder-'))
const root = join(top, 'folder')

beforeAll(() => {
  mkdirSync(join(root, 'inner'), { recursive: true })
  mkdirSync(join(top, 'folder-next-door'))
  writeFileSync(join(top, 'secret.txt'), 'the secret word is heron\n')
  writeFileSync(join(top, 'folder-next-door', 'secret.txt'), 'heron\n')
  writeFileSync(join(root, 'inner', 'notes.txt'), 'one heron\ntwo geese\n')
  writeFileSync(join(root, '.hidden'), 'heron\n')
  writeFileSync(join(root, 'binary.bin'), 'heron\0heron')
  writeFileSync(join(root, 'long.txt'), Array.from({ length: 300 }, (_, index) => `line ${index + 1}`).join('\n'))
  symlinkSync(join(top, 'secret.txt'), join(root, 'link.txt'))
  symlinkSync(top, join(root, 'up'))
})

afterAll(() => rmSync(top, { recursive: true, force: true }))

function use(name: string, args: Record<string, unknown>): Promise<string> {
  const found = folderTools(new Folder(root)).find((tool) => tool.name === name)
  if (!found) throw new Error(`There is no tool ${name}.`)
  return found.invoke(args)
}

describe("the quickstart's tools", () => {
  it('list the text files, without links and hidden ones', async () => {
    expect(await use('list_files', {})).toBe('binary.bin\ninner/notes.txt\nlong.txt')
  })

  it('read a file with the numbers of its lines', async () => {
    expect(await use('read_file', { path: 'inner/notes.txt' })).toBe('1: one heron\n2: two geese')
  })

  it('read a long file in parts, and say what is left', async () => {
    expect(await use('read_file', { path: 'long.txt' })).toMatch(/^1: line 1\n.*\(180 more lines, from line 121\)$/s)
    expect(await use('read_file', { path: 'long.txt', from: 300 })).toBe('300: line 300')
  })

  it.each([
    '../secret.txt',
    'inner/../../secret.txt',
    '../folder-next-door/secret.txt',
    join(top, 'secret.txt'),
    'link.txt',
    'up/secret.txt',
    'inner/notes.txt\0',
    '..',
    '.',
  ])('refuse to read %j', async (path) => {
    expect(await use('read_file', { path })).toBe(
      `Error: ${path} is refused: only files inside the folder can be read.`,
    )
  })

  it('say when there is no such file, or when it is no text', async () => {
    expect(await use('read_file', { path: 'missing.txt' })).toBe('Error: There is no file missing.txt.')
    expect(await use('read_file', { path: 'inner' })).toBe('Error: inner is not a file.')
    expect(await use('read_file', { path: 'binary.bin' })).toBe('Error: binary.bin is not a text file.')
  })

  it('find lines by their words in text files inside the folder, and nowhere else', async () => {
    expect(await use('search_files', { query: 'where are the herons?' })).toBe('inner/notes.txt:1: one heron')
  })

  it('say what was searched for when nothing has it', async () => {
    expect(await use('search_files', { query: 'a kingfisher' })).toBe('No line has any of: kingfisher.')
  })
})

describe("the quickstart's output", () => {
  function printed(isTTY: boolean, env: NodeJS.ProcessEnv): string {
    let text = ''
    const out = { isTTY, columns: 20, write: (part: string) => (text += part) }
    const print = createPrinter(out, env)
    print.progress('thinking ...')
    print.question('why?')
    return text
  }

  it('has colour and a progress line that is replaced on a terminal', () => {
    expect(printed(true, {})).toBe('\r\u001b[K\u001b[2mthinking ...\u001b[0m\r\u001b[K\n\u001b[36m> why?\u001b[0m\n')
  })

  it('keeps the progress line but not the colour with NO_COLOR', () => {
    expect(printed(true, { NO_COLOR: '1' })).toBe('\r\u001b[Kthinking ...\r\u001b[K\n> why?\n')
  })

  it('is plain elsewhere', () => {
    expect(printed(false, {})).toBe('\n> why?\n')
  })
})
