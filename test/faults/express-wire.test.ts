import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Store } from '@everthread/core'
import { redisStore } from '@everthread/core/redis'
import { type SessionRequest, session } from '@everthread/express-middleware'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scripts } from '../../packages/core/src/stores/redis/scripts.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { type FaultyProxy, startProxy } from './proxy.ts'

const named = Object.entries(scripts).flatMap(([name, { sha, text }]) =>
  [sha, text].map((word) => [word, name] as const),
)
const nameOf = new Map<string | undefined, string>(named)

describe('round trips of web sessions on Redis, counted on the wire', () => {
  let server: RedisServer
  let proxy: FaultyProxy
  let store: Store
  let close: () => Promise<void>
  let other: Store
  let count = 0
  let get: (path: string) => Promise<string>

  beforeAll(async () => {
    server = await startRedis()
    proxy = await startProxy(server)
    store = redisStore(proxy.url)
    other = redisStore(server.url)
    await store.read({ tenant: 'warm', id: 'up' }, [])
    await store.commit({ tenant: 'warm', id: 'up' }, { id: 'first', ops: [] })
    const attach = session({ store, secret: 'x' })
    const http = createServer((req: IncomingMessage, res) => {
      attach(req as SessionRequest, res, async () => {
        const { session: held } = req as SessionRequest
        if (req.url?.startsWith('/write')) Object.assign(held ?? {}, { at: ++count })
        if (req.url === '/update') await held?.update((draft) => Object.assign(draft, { more: ++count }))
        res.end('done')
      })
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    close = () => new Promise((resolve) => http.close(() => resolve()))
    let cookie = ''
    get = async (path) => {
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`
      const answer = await fetch(url, { headers: cookie && !path.endsWith('?new') ? { cookie } : {} })
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      return answer.text()
    }
    await get('/write')
  })
  afterAll(async () => {
    await close()
    await store.close()
    await other.close()
    await proxy.stop()
    await server.stop()
  })

  /** The web sessions that there are. */
  async function* hits() {
    const { rows } = await other.query('default', { index: 'web', limit: 10 })
    yield* rows
  }

  /** The scripts that ran, in order; anything else by its name. */
  async function commandsOf(path: string): Promise<string[]> {
    proxy.requests.length = 0
    await get(path)
    return proxy.requests.map(([command = '', script]) => nameOf.get(script) ?? command)
  }

  it('a request that only reads is one, and writes nothing', async () => {
    expect(await commandsOf('/look')).toEqual(['read-n'])
  })

  it('a request that writes is two', async () => {
    expect(await commandsOf('/write')).toEqual(['read-n', 'swap-n'])
  })

  it('a request that updates is two, whose end has nothing left to write', async () => {
    expect(await commandsOf('/update')).toEqual(['read-n', 'swap-n'])
  })

  it('a request without a cookie that stores nothing is none', async () => {
    expect(await commandsOf('/look?new')).toEqual([])
  })

  it('a request that writes to what another process has changed is two', async () => {
    await commandsOf('/write')
    for await (const { partition } of hits()) {
      await other.commit(partition, { id: randomUUID(), ops: [{ put: 'd/theirs', value: Buffer.from('1') }] })
    }
    expect(await commandsOf('/write')).toEqual(['read-n', 'commit-1'])
    expect(await commandsOf('/write')).toEqual(['read-n', 'swap-n'])
    expect(await commandsOf('/look')).toEqual(['read-n'])
  })

  it('a new session is one, after its entry in the index', async () => {
    expect(await commandsOf('/write?new')).toEqual(['stage-1', 'commit-1'])
  })
})
