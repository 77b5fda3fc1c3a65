/** Builds the public packages and packs them as npm would receive them. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, runCommand } from './run-command.ts'

interface Manifest {
  name: string
  private?: boolean
  packageManager?: string
}

/** Builds every public package of the workspace; rejects with the output of one that fails. */
export async function buildPackages(): Promise<void> {
  await Promise.all(publicPackages().map((folder) => must('tsdown', [], folder)))
}

/** Packs what {@link buildPackages} built; resolves with the tarballs in `destination`, an emptied folder. */
export async function packPackages(destination: string): Promise<string[]> {
  rmSync(destination, { recursive: true, force: true })
  mkdirSync(destination, { recursive: true })
  await Promise.all(publicPackages().map((folder) => pnpm(['pack', '--pack-destination', destination], folder)))
  return packedIn(destination)
}

/** The tarballs in a folder. */
export function packedIn(folder: string): string[] {
  return readdirSync(folder).map((file) => join(folder, file))
}

/** Runs the pnpm that the repository names, in a folder. */
export async function pnpm(args: string[], folder: string): Promise<string> {
  const version = manifestOf(root).packageManager ?? 'pnpm'
  return must('npx', ['--yes', '--loglevel=error', version, ...args], folder)
}

function publicPackages(): string[] {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  return folders.filter((folder) => !manifestOf(folder).private)
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

async function must(command: string, args: string[], cwd: string): Promise<string> {
  const { code, output } = await runCommand(command, args, { cwd })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} in ${cwd} ended with code ${code}\n${output}`)
  return output
}
