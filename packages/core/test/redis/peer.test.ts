import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const store = new URL('../../src/stores/redis/index.ts', import.meta.url).href

/** Runs a module in a process that has no ioredis. */
async function withoutPeer(text: string): Promise<string> {
  const module = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(name, context, next) {
        if (name === 'ioredis') throw Object.assign(new Error('not installed'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      },
    })
    const { redisStore } = await import(${JSON.stringify(store)})
    ${text}`
  const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '--eval', module])
  return stdout.trim()
}

describe('without ioredis', () => {
  it('the module loads and a store is made', async () => {
    expect(await withoutPeer(`await redisStore('redis://127.0.0.1:1').close(); console.log('fine')`)).toBe('fine')
  })

  it('the first use says what to install', async () => {
    const use = `await redisStore('redis://127.0.0.1:1').commit({ tenant: 't', id: 'i' }, { id: '1', ops: [] })`
    const said = await withoutPeer(
      `${use}.catch(({ code, message, committed }) => console.log(code, committed, message))`,
    )
    expect(said).toBe('PEER_MISSING no redisStore needs ioredis: run `npm install ioredis`.')
  })
})
