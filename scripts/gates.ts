/** What must hold before the tests are worth running, cheapest first. Each returns what is wrong, or nothing. */
import { join } from 'node:path'
import { buildPackages, packPackages } from './pack.ts'
import { root, runCommand } from './run-command.ts'

export interface Gate {
  name: string
  /** Rejects, or resolves with an explanation, when the gate is closed. */
  check: () => Promise<string | undefined>
}

const tarballs = join(root, 'node_modules/.cache/everthread/tarballs')

export const gates: Gate[] = [
  { name: 'format and lint', check: () => command('biome', ['ci', '--colors=off', '--error-on-warnings']) },
  { name: 'types', check: () => command('tsc', ['-p', 'tsconfig.json']) },
  { name: 'types of pages', check: () => command('tsc', ['-p', 'examples/vercel-chat/page']) },
  { name: 'unused files, exports and dependencies', check: () => command('knip', ['--no-progress']) },
  { name: 'build', check: () => nothing(buildPackages()) },
  { name: 'packages as published', check: checkTarballs },
]

async function checkTarballs(): Promise<string | undefined> {
  const wrong: string[] = []
  for (const tarball of await packPackages(tarballs)) {
    wrong.push((await command('publint', ['run', '--strict', tarball])) ?? '')
    wrong.push((await command('attw', [tarball, '--profile', 'esm-only', '--no-emoji'])) ?? '')
  }
  return wrong.filter(Boolean).join('\n') || undefined
}

async function command(name: string, args: string[]): Promise<string | undefined> {
  const { code, output } = await runCommand(name, args)
  return code === 0 ? undefined : `${output.trim()}\n(${name} ended with code ${code})`
}

async function nothing(work: Promise<void>): Promise<undefined> {
  await work
}
