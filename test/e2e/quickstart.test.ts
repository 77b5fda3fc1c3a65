import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const example = fileURLToPath(new URL('../../examples/quickstart/', import.meta.url))
const handbook = join(example, 'handbook')
const execArgv = ['--disable-warning=ExperimentalWarning']

interface Ended {
  code: number
  out: string
  err: string
}

function start(folder: string, args: string[] = [], env: Record<string, string> = {}): Promise<Ended> {
  const { EVERTHREAD_MODEL: _, ...inherited } = process.env
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...inherited, ...env } }
    execFile(process.execPath, [...execArgv, join(example, 'main.ts'), ...args], options, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err })
    })
  })
}

/** Asks in a process of its own that holds still once a tool has answered, and kills it there. */
async function killMidTurn(folder: string, question: string): Promise<void> {
  const child = fork(join(example, 'turn-process.ts'), { cwd: folder, execArgv })
  child.send({ folder: handbook, question })
  for (let news = { kind: '' }; news.kind !== 'holding'; ) [news] = await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function matches(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length
}

const folders: string[] = []

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'everthread quickstart '))
  folders.push(folder)
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

describe('the tour', () => {
  const folder = emptyFolder()
  let first: Ended

  beforeAll(async () => {
    first = await start(folder)
  })

  it('ends well, and says nothing on stderr', () => {
    expect(first).toMatchObject({ code: 0, err: '' })
  })

  it('answers three questions from what the tools read', () => {
    expect(first.out).toContain('The folder holds 9 files:')
    expect(first.out).toContain('fares.md:10: | bicycle | 2.50 |')
    expect(first.out).toMatch(/log\/2026-q1\.log:6: .*crane dropped a pallet/)
  })

  it('kills a process in the middle of a turn and finishes that turn in another one', () => {
    const killed = first.out.match(/Process (\d+) was killed \(SIGKILL\)/)
    const resumed = first.out.match(/Process (\d+) resumed the turn:\n.*\n {2}boats\/tern\.md:5: - Life jackets: 154/)
    expect(killed?.[1]).toBeDefined()
    expect(resumed?.[1]).toBeDefined()
    expect(resumed?.[1]).not.toBe(killed?.[1])
  })

  it('does not ask a tool again that had answered before the kill', () => {
    expect(matches(first.out, /^ {2}search_files life jackets tern$/gm)).toBe(1)
  })

  it('goes back to the first question and forks there, apart from the session', () => {
    expect(first.out).toContain('Back when 1 question had been asked, the session held 4 messages; now it holds 22.')
    expect(first.out).toContain('The fork knows 2 questions, the session itself 4')
  })

  it('prints what was stored, which is less than full snapshots', () => {
    const [, messages, checkpoints, stored] = first.out.match(/(\d+) messages, (\d+) checkpoints: ([\d,]+) bytes/) ?? []
    const [, snapshots] = first.out.match(/full snapshots at every checkpoint: ([\d,]+) bytes/) ?? []
    const bytes = (figures = ''): number => Number(figures.replaceAll(',', ''))
    expect([messages, checkpoints]).toEqual(['22', '34'])
    expect(bytes(stored)).toBeGreaterThan(0)
    expect(bytes(stored)).toBeLessThan(bytes(snapshots))
  })

  it('writes plain text where the output is not a terminal', () => {
    expect(first.out).not.toContain('\u001b')
    expect(first.out).not.toContain('\r')
  })

  it('leaves a session that a later process answers from', async () => {
    const { code, out } = await start(folder, ['what did I ask you before?'])
    expect(code).toBe(0)
    expect(out).toContain('You asked me 4 questions before:')
    expect(out).toContain('  4. How many life jackets does the Tern have?')
  })

  it('goes on with the same session when it runs a second time', async () => {
    const second = await start(folder)
    expect(second).toMatchObject({ code: 0, err: '' })
    expect(second.out).toContain('Back when 6 questions had been asked')
  })
})

describe('one question', () => {
  it('is told that nothing was asked yet when the session is new', async () => {
    const { code, out } = await start(emptyFolder(), ['what did I ask you before?'])
    expect(code).toBe(0)
    expect(out).toContain('Nothing yet: this is the first question of this session.')
  })

  it('is remembered by the next process', async () => {
    const folder = emptyFolder()
    await start(folder, ['What does a dog pay?'])
    const { out } = await start(folder, ['what did I ask you before?'])
    expect(out).toContain('You asked me one question before:\n  1. What does a dog pay?')
  })

  it('waits until a turn that was cut off is finished', async () => {
    const folder = emptyFolder()
    await killMidTurn(folder, 'What does a dog pay?')
    const { code, out } = await start(folder, ['What does a bicycle cost?'])
    expect(code).toBe(0)
    expect(out.indexOf('| dog, on a leash | 1.20 |')).toBeGreaterThan(0)
    expect(out.indexOf('| bicycle | 2.50 |')).toBeGreaterThan(out.indexOf('| dog, on a leash | 1.20 |'))
  })

  it('may be about another folder', async () => {
    const { out } = await start(emptyFolder(), ['--folder', join(handbook, 'boats'), 'Which files are there?'])
    expect(out).toContain('The folder holds 3 files:')
  })

  it('gets no file from outside of the folder', async () => {
    const { code, out } = await start(emptyFolder(), ['What is in ../package.json?'])
    expect(code).toBe(0)
    expect(out).toContain('../package.json is refused: only files inside the folder can be read.')
    expect(out).not.toContain('"name"')
  })
})

describe('what cannot be done', () => {
  it('is one line on stderr and exit code 2 for an unknown option', async () => {
    const { code, out, err } = await start(emptyFolder(), ['--colour'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^Unknown option '--colour'.*\nUsage: /)
  })

  it('is one line and exit code 1 for a folder that does not exist', async () => {
    const { code, err } = await start(emptyFolder(), ['--folder', 'nowhere', 'Which files are there?'])
    expect(code).toBe(1)
    expect(err).toBe('The folder nowhere does not exist: give one that does with --folder.\n')
  })

  it("is one line and exit code 1 for a model whose provider's package is missing", async () => {
    const { code, err } = await start(emptyFolder(), ['hello'], { EVERTHREAD_MODEL: 'openai:gpt-5' })
    expect(code).toBe(1)
    expect(err).toMatch(/^EVERTHREAD_MODEL=openai:gpt-5 cannot be used: .*@langchain\/openai.*\n$/)
  })
})
