import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const core = join(import.meta.dirname, '..')

/** What a program prints that runs on a copy of the sources where no optional peer is installed. */
export function runWithoutPeers(program: string): { stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-peer-'))
  try {
    cpSync(join(core, 'src'), join(folder, 'src'), { recursive: true })
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(realpathSync(join(core, 'node_modules/lru-cache')), join(folder, 'node_modules/lru-cache'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'main.ts'), program)
    return spawnSync(process.execPath, ['main.ts'], { cwd: folder, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
