/** What must hold before the tests are worth running. Each returns what is wrong, or nothing, and waits for no other. */
import { join } from 'node:path'
import { buildPackages, packPackages } from './pack.ts'
import { root, runCommand } from './run-command.ts'

export interface Gate {
  name: string
  /** Rejects, or resolves with an explanation, when the gate is closed. */
  check: () => Promise<string | undefined>
}

/** Where the packages lie as published, once the gates are passed. */
export const tarballs: string = join(root, 'node_modules/.cache/everthread/tarballs')

export const gates: Gate[] = [
  { name: 'format and lint', check: () => command('biome', ['ci', '--colors=off', '--error-on-warnings']) },
  { name: 'types', check: () => command('tsc', ['-p', 'tsconfig.json']) },
  { name: 'types of pages', check: () => command('tsc', ['-p', 'examples/vercel-chat/page']) },
  { name: 'unused files, exports and dependencies', check: () => command('knip', ['--no-progress']) },
  { name: 'build, and packages as published', check: checkTarballs },
]

async function checkTarballs(): Promise<string | undefined> {
  await buildPackages()
  const packed = await packPackages(tarballs)
  const wrong = await Promise.all(
    packed.map(async (tarball) => [
      await command('publint', ['run', '--strict', tarball]),
      await command('attw', [tarball, '--profile', 'esm-only', '--no-emoji']),
    ]),
  )
  return wrong.flat().filter(Boolean).join('\n') || undefined
}

async function command(name: string, args: string[]): Promise<string | undefined> {
  const { code, output } = await runCommand(name, args)
  return code === 0 ? undefined : `${output.trim()}\n(${name} ended with code ${code})`
}
