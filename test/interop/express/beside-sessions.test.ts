import { SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { session } from '@everthread/express-middleware'
import { afterEach, describe, expect, it } from 'vitest'
import { closeServers, type Middleware, serve } from './server.ts'

describe('web sessions beside the sessions of an agent', () => {
  afterEach(closeServers)

  it('are in none of their lists, counts, limits, statistics and sweeps', async () => {
    let now = Date.UTC(2026, 0, 1)
    const clock = () => now
    const store = memoryStore({ clock })
    const sessions = new SessionManager({ store, clock, limits: { total: { max: 2, onLimit: 'reject' } } })
    const client = await serve([session({ store, secret: 'x' }) as Middleware], async (req, res) => {
      const user = (req.url ?? '').slice(1)
      await (req.session as unknown as { login(user: string): Promise<unknown> }).login(user)
      res.end()
    })
    for (const user of ['ada', 'bob', 'cleo']) {
      client.cookie = undefined
      await client.get(user)
    }
    const service = sessions.asService()
    await service.createMany([{ userId: 'ada' }, { userId: 'bob' }])
    expect(await service.count()).toBe(2)
    expect(await sessions.as({ userId: 'ada' }).count()).toBe(1)
    expect((await service.list()).sessions).toHaveLength(2)
    expect((await service.stats()).total).toBe(2)
    expect((await service.analytics()).total.count).toBe(2)
    now += 5 * 3_600_000
    expect(await sessions.sweep()).toBe(2)
    expect(await service.deleteByUser('cleo')).toBe(0)
    await expect(service.create({ kind: 'web' })).rejects.toMatchObject({ code: 'SESSION_INVALID' })
  })
})
