// Finds or fetches redis-server and redis-cli for the tests. Runs before any package is needed.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const advice =
  'install Redis 6.2 or newer (redis-server and redis-cli on PATH), or set REDIS_URL and REDIS_CLUSTER_URLS'

/** Environment for the tests: nothing when Redis is on PATH, else where it was unpacked. */
export async function redisForTests(root, say) {
  if (process.env.REDIS_URL && process.env.REDIS_CLUSTER_URLS) return {}
  if (isOnPath('redis-server') && isOnPath('redis-cli')) return {}
  const cache = join(root, 'node_modules/.cache/everthread-redis')
  const unpacked = { EVERTHREAD_REDIS_BIN: join(cache, 'bin') }
  if (existsSync(join(cache, 'bin/redis-cli'))) return unpacked

  if (isOnPath('apt-get') && process.getuid?.() === 0) {
    say('installing redis-server with apt-get, for the tests')
    withoutServices(() => {
      run('apt-get', ['update'])
      run('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'])
    })
    return {}
  }
  if (isOnPath('apt-get') && isOnPath('dpkg')) {
    say('fetching redis-server with apt-get download, for the tests')
    unpackDebianPackages(cache)
    return unpacked
  }
  if (isOnPath('brew')) {
    say('installing redis with brew, for the tests')
    run('brew', ['install', '--quiet', 'redis'])
    return {}
  }
  throw new Error(`The tests need a Redis of their own: ${advice}`)
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, program)))
}

/** Debian starts a server when its package is installed, unless this policy says no. */
function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (ours) rmSync(policy)
  }
}

/** Unpacks Redis and the libraries it brings into `cache`, with starters in `cache/bin` that find the libraries. */
function unpackDebianPackages(cache) {
  const files = join(cache, 'files')
  const debs = join(cache, 'debs')
  for (const folder of [files, debs, join(cache, 'bin')]) mkdirSync(folder, { recursive: true })
  const names = ['redis-server', 'redis-tools']
  for (const line of run('apt-cache', ['depends', '--no-recommends', '--no-suggests', ...names]).split('\n')) {
    const dependency = /^\s+(?:Pre)?Depends: ([a-z0-9.+-]+)$/.exec(line)?.[1]
    if (dependency && !names.includes(dependency) && !isInstalled(dependency)) names.push(dependency)
  }
  run('apt-get', ['download', ...names], debs)
  for (const deb of readdirSync(debs)) run('dpkg', ['-x', join(debs, deb), files])
  rmSync(debs, { recursive: true })

  const libraries = ['usr/lib', 'lib'].flatMap((lib) => {
    const folder = join(files, lib)
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.includes('-linux-'))
          .map((name) => join(folder, name))
      : []
  })
  for (const program of ['redis-server', 'redis-cli']) {
    const path = `LD_LIBRARY_PATH='${libraries.join(':')}' exec '${join(files, 'usr/bin', program)}' "$@"`
    writeFileSync(join(cache, 'bin', program), `#!/bin/sh\n${path}\n`, { mode: 0o755 })
  }
}

function isInstalled(name) {
  try {
    return run('dpkg', ['-s', name]).includes('Status: install ok installed')
  } catch {
    return false
  }
}

function run(command, args, cwd) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  try {
    return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const reason = `${error.stderr ?? ''}`.trim() || error.message
    throw new Error(`${command} ${args.join(' ')} failed: ${reason}\nTo run the tests, ${advice}`)
  }
}
