import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const core = join(import.meta.dirname, '../..')

it('without the package pg, the first call says what to install', () => {
  const folder = mkdtempSync(join(tmpdir(), 'everthread-peer-'))
  try {
    cpSync(join(core, 'src'), join(folder, 'src'), { recursive: true })
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(realpathSync(join(core, 'node_modules/lru-cache')), join(folder, 'node_modules/lru-cache'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(folder, 'main.ts'),
      `import { postgresStore } from './src/stores/postgres/index.ts'
       const store = postgresStore('postgres://localhost/none')
       const error = await store.read({ tenant: 'acme', id: 'user1' }, []).catch((error) => error)
       process.stdout.write(error.code + ': ' + error.message)
       await store.close()`,
    )
    const { stdout, stderr } = spawnSync(process.execPath, ['main.ts'], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout).toBe('PEER_MISSING: postgresStore needs the package pg: install it beside @everthread/core.')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
