import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/run-command.ts'

interface Ended {
  code: number | null
  text: string
}

const ofThisRun = /^(PATH$|CI$|npm_|NODE_(OPTIONS|ENV|V8_COVERAGE|COMPILE_CACHE)$|VITEST|EVERTHREAD_)/
const ofTheMachine = /^npm_config_(registry|userconfig|cache|cafile|proxy|https?_proxy|noproxy)$/i

/** Runs a command as a stranger's shell would: without this run's node_modules on PATH and without a terminal. */
function inShell(
  cwd: string,
  command: string,
  args: string[],
  onText?: (text: string, pid: number) => void,
): Promise<Ended> {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const env: NodeJS.ProcessEnv = { PATH: path.join(delimiter), CI: 'true' }
  for (const name of Object.keys(process.env)) {
    if (!ofThisRun.test(name) || ofTheMachine.test(name)) env[name] = process.env[name]
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
        onText?.(text, child.pid ?? -1)
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text }))
  })
}

describe('a stranger with a fresh copy of the repository', { timeout: 300_000 }, () => {
  let copy: string

  beforeAll(() => {
    // The space is on purpose.
    copy = join(mkdtempSync(join(tmpdir(), 'everthread-stranger-')), 'a copy')
    const left = new Set(['node_modules', 'dist', 'coverage', '.git', '.everthread'])
    cpSync(root, copy, { recursive: true, filter: (path) => !left.has(basename(path)) })
  })

  afterAll(() => rmSync(join(copy, '..'), { recursive: true, force: true }))

  it('gets the tour from npm start', async () => {
    const { code, text } = await inShell(copy, 'npm', ['start'])
    expect(text).toContain("installing the lockfile's packages")
    expect(text).toContain('What was stored')
    expect(code, text).toBe(0)
  })

  it('asks the same session again, without another install', async () => {
    const { code, text } = await inShell(copy, 'npm', ['start', '--', 'what did I ask you before?'])
    expect(text).not.toContain('installing')
    expect(text).toContain('bicycle')
    expect(code, text).toBe(0)
  })

  it('leaves nothing but node_modules and .everthread behind', () => {
    for (const folder of ['dist', 'coverage']) expect(existsSync(join(copy, folder))).toBe(false)
  })

  it('sees the exit code and the arguments of a task passed through', async () => {
    replaceTour('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7')
    const { code, text } = await inShell(copy, process.execPath, ['scripts/bootstrap.mjs', 'start', '--a', "b c'd"])
    expect(text).toContain(`["--a","b c'd"]`)
    expect(code).toBe(7)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends a task by %s and sees its exit code', async (signal) => {
    replaceTour(
      `process.once('${signal}', () => process.exit(9)); console.log('up'); setInterval(() => undefined, 1000)`,
    )
    let sent = false
    const { code } = await inShell(copy, process.execPath, ['scripts/bootstrap.mjs', 'start'], (text, pid) => {
      if (!sent && text.includes('up')) process.kill(pid, signal)
      sent ||= text.includes('up')
    })
    expect(code).toBe(9)
  })

  it('is told which tasks there are when the name is wrong', async () => {
    const { code, text } = await inShell(copy, process.execPath, ['scripts/bootstrap.mjs', 'strat'])
    expect(text).toContain('no task "strat". There are: start, chat, chat:ai, test, test:soak, bench')
    expect(code).toBe(2)
  })

  function replaceTour(program: string): void {
    writeFileSync(join(copy, 'examples/quickstart/main.ts'), program)
  }
})
