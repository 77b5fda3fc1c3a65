// Finds or installs a Chromium for the tests in a browser. Runs before any package is needed. A machine without one
// leaves these tests out: the reason goes to them in place of a path.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome.exe']
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ...['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
    .filter((name) => process.env[name])
    .map((name) => join(process.env[name], 'Google/Chrome/Application/chrome.exe')),
]

/** Environment for the tests: `EVERTHREAD_CHROMIUM`, a path, or `EVERTHREAD_NO_CHROMIUM`, why there is none. */
export function chromiumForTests(say) {
  const given = process.env.EVERTHREAD_CHROMIUM
  if (given) return existsSync(given) ? {} : without(`EVERTHREAD_CHROMIUM names ${given}, which is not there`)
  const found = find()
  if (found) return { EVERTHREAD_CHROMIUM: found }
  const aptGet = onPath('apt-get')
  if (!aptGet || process.getuid?.() !== 0) return without('no Chromium was found, and none can be installed')
  say('installing chromium with apt-get, for the tests in a browser')
  try {
    runUnlocked(aptGet, ['update'])
    runUnlocked(aptGet, ['install', '-y', '--no-install-recommends', 'chromium'])
  } catch (error) {
    const lines = `${error.stderr ?? ''}`.trim().split('\n')
    return without(`apt-get could not install chromium: ${lines.at(-1) || error.message}`)
  }
  const installed = find()
  return installed ? { EVERTHREAD_CHROMIUM: installed } : without('apt-get installed no chromium that can be found')
}

function without(reason) {
  return { EVERTHREAD_CHROMIUM: '', EVERTHREAD_NO_CHROMIUM: reason }
}

function find() {
  return names.map(onPath).find((path) => path && runs(path)) ?? places.find(existsSync)
}

/** Ubuntu's chromium-browser is a script that only says where to get one. */
function runs(path) {
  if (process.platform !== 'linux') return true
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function onPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, program)).find(existsSync)
}

/** Waits for another installation that is under way. */
function runUnlocked(aptGet, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const options = { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }
  execFileSync(aptGet, ['-o', 'DPkg::Lock::Timeout=300', ...args], options)
}
