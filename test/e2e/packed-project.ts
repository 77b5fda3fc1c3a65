import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pnpm } from '../../scripts/pack.ts'

/** Installs the packed packages, with what else is named, in a folder that is a project of its own from then on. */
export async function installInto(
  project: string,
  packed: readonly string[],
  dependencies: Record<string, string>,
  overrides: Record<string, string>,
): Promise<void> {
  const tarballs = Object.fromEntries(
    packed.map((file) => [
      `@everthread/${/^everthread-(.+)-\d+\.\d+\.\d+\.tgz$/.exec(basename(file))?.[1]}`,
      `file:${file}`,
    ]),
  )
  const manifest = { private: true, dependencies: { ...tarballs, ...dependencies } }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  // The adapter's dependency on the core is the tarball beside it, since neither is on the registry yet.
  const settings = { packages: [], overrides: { ...tarballs, ...overrides }, pmOnFail: 'ignore' }
  writeFileSync(join(project, 'pnpm-workspace.yaml'), JSON.stringify(settings))
  await pnpm(['install', '--prefer-offline', '--ignore-scripts', '--no-frozen-lockfile'], project)
}
