// Runs a task of this repository on a machine that may have only Node 20 and npm: brings pnpm, the lockfile's packages
// and the Node that the lockfile names, then hands over to that Node. Nothing may be imported here but Node itself.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromiumForTests } from './chromium-for-tests.mjs'
import { redisForTests } from './redis-for-tests.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
const stamp = join(root, 'node_modules/.everthread-bootstrap')

/** What each task runs under the pinned Node, and what it needs first. */
const tasks = {
  start: { script: 'examples/quickstart/main.ts' },
  chat: { script: 'examples/express-chat/main.ts' },
  'chat:ai': { script: 'examples/vercel-chat/main.ts' },
  test: { script: 'scripts/test.ts', redis: true, chromium: true },
  'test:soak': { script: 'scripts/soak.ts', redis: true },
  bench: { script: 'bench/run.ts' },
}

const [name, ...rest] = process.argv.slice(2)
const task = tasks[name]
if (task) {
  process.exitCode = await runTask(task, rest)
} else {
  console.error(`everthread: no task "${name ?? ''}". There are: ${Object.keys(tasks).join(', ')}`)
  process.exitCode = 2
}

async function runTask({ script, redis, chromium }, args) {
  try {
    await installPackages()
    const servers = redis ? await redisForTests(root, say) : {}
    const env = { ...process.env, ...servers, ...(chromium ? chromiumForTests(say) : {}) }
    env.PATH = [join(root, 'node_modules/.bin'), env.PATH].join(delimiter)
    return await handOver(node, ['--disable-warning=ExperimentalWarning', join(root, script), ...args], env)
  } catch (error) {
    console.error(`everthread: ${error.message}`)
    return 1
  }
}

async function installPackages() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, file)))
  const wanted = hash.digest('hex')
  if (existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === wanted) return

  const pnpm = manifest.packageManager
  say(`bringing ${pnpm.replace('@', ' ')} through npx`)
  await quietly('npx', ['--yes', '--loglevel=error', pnpm, '--version'])
  say("installing the lockfile's packages, the pinned Node among them (a minute or two the first time)")
  await quietly('npx', ['--yes', '--loglevel=error', pnpm, 'install', '--frozen-lockfile', '--prod=false'])
  if (!existsSync(node)) throw new Error('The install did not bring Node: remove node_modules and run this again')
  writeFileSync(stamp, wanted)
  const version = await quietly(node, ['--version'])
  say(`ready, on Node ${version.trim().slice(1)} of node_modules (this shell has ${process.versions.node})`)
}

/** Runs a command in the repository without showing its output, unless it fails. */
function quietly(command, args) {
  return new Promise((resolve, reject) => {
    // On Windows npx is a batch file, which only a shell runs; none of the arguments needs quoting.
    const shell = process.platform === 'win32' && command === 'npx'
    // pnpm asks nothing when CI is set; a purge of node_modules would otherwise wait for an answer.
    const env = { ...process.env, CI: 'true' }
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], shell, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
    const onSignal = (signal) => child.kill(signal)
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.once(signal, onSignal)
    child.once('error', (error) => reject(new Error(`Cannot run ${command}: ${error.message}`)))
    child.once('close', (code, signal) => {
      for (const each of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.off(each, onSignal)
      if (code === 0) resolve(output)
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? `code ${code}`}\n${output.trimEnd()}`))
    })
  })
}

/** Runs the task in the foreground; resolves with its exit code, and ends by its signal if one ended it. */
function handOver(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env })
    process.on('SIGTERM', () => child.kill('SIGTERM'))
    process.on('SIGHUP', () => child.kill('SIGHUP'))
    // A terminal sends Ctrl-C to the task as well; passing it on would make two of it.
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : code))
  })
}

function say(line) {
  console.error(`everthread: ${line}`)
}
