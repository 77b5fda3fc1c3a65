import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@everthread/core/sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import { tempFolder } from './temp-folder.ts'

const folder = tempFolder()
const partition = { tenant: 'acme', id: 'user1' }

/** The code that the first call on the file raises. */
async function codeOf(path: string): Promise<string | undefined> {
  const store = sqliteStore(path)
  try {
    await store.commit(partition, { id: 'one', ops: [{ put: 'a', value: new Uint8Array(10) }] })
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await store.close()
  }
}

async function fill(path: string, rows: number): Promise<void> {
  const store = sqliteStore(path)
  const ops = Array.from({ length: rows }, (_, at) => ({ put: `m/${at}`, value: new Uint8Array(500).fill(at) }))
  await store.commit(partition, { id: 'fill', ops })
  await store.close()
}

describe('a file that is not what it should be', () => {
  it('is refused when it is no database, and left as it was', async () => {
    const path = join(folder, 'letter.txt')
    writeFileSync(path, 'Dear reader, '.repeat(1000))
    expect(await codeOf(path)).toBe('STORE_NOT_A_DATABASE')
    expect(readFileSync(path, 'utf8')).toBe('Dear reader, '.repeat(1000))
  })

  it('is refused when it is the database of another program, and left as it was', async () => {
    const path = join(folder, 'shop.db')
    const shop = new DatabaseSync(path)
    shop.exec('CREATE TABLE orders(id)')
    shop.close()
    const before = readFileSync(path)
    expect(await codeOf(path)).toBe('STORE_FOREIGN')
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('is refused when a newer release wrote it', async () => {
    const path = join(folder, 'newer.db')
    await fill(path, 1)
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(await codeOf(path)).toBe('STORE_NEWER_FORMAT')
  })

  it('is refused when it is a folder', async () => {
    const path = join(folder, 'folder')
    mkdirSync(path)
    expect(await codeOf(path)).toBe('STORE_CANNOT_OPEN')
  })

  it('is refused when its folder cannot be made', async () => {
    const path = join(folder, 'plain-file')
    writeFileSync(path, '')
    expect(await codeOf(join(path, 'deeper', 'a.db'))).toBe('STORE_CANNOT_OPEN')
  })

  it('is reported as damaged when it was cut short', async () => {
    const path = join(folder, 'short.db')
    await fill(path, 200)
    truncateSync(path, 3 * 4096)
    expect(await codeOf(path)).toBe('STORE_CORRUPT')
  })

  it('is reported as damaged when its pages were overwritten', async () => {
    const path = join(folder, 'overwritten.db')
    await fill(path, 200)
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 4096))
    expect(await codeOf(path)).toBe('STORE_CORRUPT')
  })

  it('does not stop the store from working once it is replaced by a good one', async () => {
    const path = join(folder, 'mended.db')
    writeFileSync(path, 'not a database, but long enough to be taken for one'.repeat(20))
    const store = sqliteStore(path)
    await expect(store.read(partition, [])).rejects.toMatchObject({ code: 'STORE_NOT_A_DATABASE' })
    truncateSync(path, 0)
    expect((await store.read(partition, [])).rev).toBe(0)
    await store.close()
  })
})

describe('a path', () => {
  it.each(['', 'a\0b', undefined, 7])('%j is refused', (path) => {
    expect(() => sqliteStore(path as string)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }))
  })

  it('gets its folders made', async () => {
    const path = join(folder, 'new', 'deeper', 'agents.db')
    expect(await codeOf(path)).toBeUndefined()
    expect(existsSync(path)).toBe(true)
  })

  it(':memory: keeps nothing on disk', async () => {
    expect(await codeOf(':memory:')).toBeUndefined()
    expect(existsSync(':memory:')).toBe(false)
  })
})

describe('a file that may only be read', () => {
  const path = join(folder, 'read-only', 'agents.db')

  beforeAll(async () => {
    await fill(path, 3)
    chmodSync(path, 0o444)
    chmodSync(join(folder, 'read-only'), 0o777)
    chmodSync(folder, 0o755)
  })

  it('answers reads and refuses commits with STORE_READ_ONLY', () => {
    // Permissions mean nothing to root, so the child gives that up.
    const child = join(import.meta.dirname, 'read-only-child.ts')
    const options = { encoding: 'utf8', env: { ...process.env, DROP_ROOT: '1' } } as const
    const { stdout, stderr } = spawnSync(process.execPath, [child, path], options)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({ rows: 3, code: 'STORE_READ_ONLY', committed: 'no' })
  })
})
