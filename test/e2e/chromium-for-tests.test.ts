import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root, runCommand } from '../../scripts/run-command.ts'

const isRoot = process.getuid?.() === 0
let bin: string

beforeEach(() => {
  bin = join(mkdtempSync(join(tmpdir(), 'everthread-chromium-')), 'bin')
  mkdirSync(bin)
})
afterEach(() => rmSync(join(bin, '..'), { recursive: true }))

/** What the bootstrap finds on a machine with nothing on PATH but `bin`. */
function look(env: Record<string, string> = {}): { found: Record<string, string>; said: string[] } {
  const script = `
    import { chromiumForTests } from ${JSON.stringify(pathToFileURL(join(root, 'scripts/chromium-for-tests.mjs')))}
    const said = []
    const found = chromiumForTests((line) => said.push(line))
    process.stdout.write(JSON.stringify({ found, said }))`
  const options = { env: { PATH: bin, ...env }, encoding: 'utf8' as const }
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], options))
}

function program(name: string, script = ''): string {
  const path = join(bin, name)
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}

describe.runIf(process.platform === 'linux')('the Chromium for tests in a browser', () => {
  it('is the one on PATH', () => {
    const chromium = program('google-chrome')
    expect(look()).toEqual({ found: { EVERTHREAD_CHROMIUM: chromium }, said: [] })
  })

  it('is one that runs', () => {
    program('chromium-browser', 'exit 1')
    expect(look().found.EVERTHREAD_CHROMIUM).toBe('')
    const chrome = program('google-chrome')
    expect(look().found.EVERTHREAD_CHROMIUM).toBe(chrome)
  })

  it('is the one that the environment names, which must be there', () => {
    program('chromium')
    expect(look({ EVERTHREAD_CHROMIUM: process.execPath }).found).toEqual({})
    expect(look({ EVERTHREAD_CHROMIUM: '/none' }).found).toEqual({
      EVERTHREAD_CHROMIUM: '',
      EVERTHREAD_NO_CHROMIUM: 'EVERTHREAD_CHROMIUM names /none, which is not there',
    })
  })

  it('is installed where root and apt-get are there', () => {
    const chromium = join(bin, 'chromium')
    const install = `echo '#!/bin/sh' > '${chromium}'; /bin/chmod +x '${chromium}'`
    program('apt-get', `case "$*" in *"install -y"*) ${install} ;; esac`)
    const { found, said } = look()
    expect(found.EVERTHREAD_CHROMIUM).toBe(isRoot ? chromium : '')
    expect(said).toEqual(isRoot ? ['installing chromium with apt-get, for the tests in a browser'] : [])
  })

  it('is missing for a reason: nothing installs one, or the installation failed', () => {
    const none = 'no Chromium was found, and none can be installed'
    expect(look().found.EVERTHREAD_NO_CHROMIUM).toBe(none)
    program('apt-get', 'echo first >&2; echo E: no network >&2; exit 100')
    const failed = isRoot ? 'apt-get could not install chromium: E: no network' : none
    expect(look().found).toEqual({ EVERTHREAD_CHROMIUM: '', EVERTHREAD_NO_CHROMIUM: failed })
  })
})

it('a run without Chromium says how many tests it left out, why, and what to do', async () => {
  const env = { EVERTHREAD_CHROMIUM: '', EVERTHREAD_NO_CHROMIUM: 'it is a test', NO_COLOR: '1' }
  const args = ['scripts/test.ts', 'test/browser/in-browser.test.ts']
  const { code, output } = await runCommand(process.execPath, args, { env })
  expect(output).toContain('! 3 tests in a browser were left out: it is a test. Install Chromium')
  expect(output.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed, 3 skipped')
  expect(code).toBe(0)
})
