/** The build that every package shares: one file out for each file in, so that stack traces and sizes stay readable. */
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { UserConfig } from 'tsdown'

interface Manifest {
  exports: Record<string, string>
  publishConfig: { exports: Record<string, string> }
}

/** @param folder The package's own folder. Its entries are those of `exports`. */
export function packageBuild(folder: string): UserConfig {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  return {
    entry: Object.values(manifest.exports).filter((file) => file.endsWith('.ts')),
    root: join(folder, 'src'),
    format: 'esm',
    platform: 'node',
    target: 'node22.13',
    fixedExtension: false,
    unbundle: true,
    sourcemap: true,
    dts: { oxc: true },
    logLevel: 'warn',
    // The declarations' plugin keeps no map of what it does to them, and a busy machine takes its time; any other warning
    // stops the build.
    inputOptions: {
      onLog(level, log, handler) {
        if (log.code === 'PLUGIN_TIMINGS') return
        if (log.code === 'SOURCEMAP_BROKEN' && log.plugin?.startsWith('rolldown-plugin-dts')) return
        if (level === 'warn') throw new Error(log.message)
        handler(level, log)
      },
    },
    onSuccess: () => {
      copyReadFiles(folder)
      assertExportsAreBuilt(folder, manifest)
    },
  }
}

/** What sources read at run time next to themselves: Lua scripts, dictionaries. */
function copyReadFiles(folder: string): void {
  for (const file of readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || extname(file.name) === '.ts') continue
    const source = join(file.parentPath, file.name)
    cpSync(source, join(folder, 'dist', source.slice(join(folder, 'src').length)))
  }
}

/** Stops the build when what users will import and what was built are not the same. */
function assertExportsAreBuilt(folder: string, { exports, publishConfig }: Manifest): void {
  const published = publishConfig.exports
  for (const [name, source] of Object.entries(exports)) {
    const built = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js')
    if (published[name] !== built) throw new Error(`publishConfig.exports["${name}"] must be "${built}" in ${folder}`)
  }
  for (const [name, file] of Object.entries(published)) {
    if (!exports[name]) throw new Error(`exports lacks "${name}", which publishConfig.exports has, in ${folder}`)
    const needed = file.endsWith('.js') ? [file, file.replace(/\.js$/, '.d.ts')] : [file]
    const missing = needed.find((each) => !existsSync(join(folder, each)))
    if (missing) throw new Error(`The build of ${folder} lacks ${missing}, which exports["${name}"] promises`)
  }
}
