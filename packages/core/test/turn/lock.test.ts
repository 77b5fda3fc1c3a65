import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'

describe('a lock', () => {
  it('keeps turns out until it is released', async () => {
    const scene = new Scene()
    const lock = await scene.session.lock({ ttl: 60_000 })
    await expect(scene.another().turn(() => 1, { onBusy: 'reject' })).rejects.toMatchObject({ code: 'SESSION_BUSY' })
    const waiting = scene.another().turn(() => 'after')
    await lock.release()
    expect(await waiting).toBe('after')
    expect(await scene.open()).toEqual([])
  })

  it('waits for a turn, and is refused when it must not', async () => {
    const scene = new Scene()
    await scene.session.turn(async () => {
      await expect(scene.another().lock({ ttl: 1_000, onBusy: 'reject' })).rejects.toMatchObject({
        code: 'SESSION_BUSY',
      })
    })
    const lock = await scene.another().lock({ ttl: 1_000 })
    expect(lock.token).toEqual(expect.any(String))
    await lock.release()
  })

  it('is released once, and by leaving the scope of await using', async () => {
    const scene = new Scene()
    const lock = await scene.session.lock({ ttl: 60_000 })
    await lock[Symbol.asyncDispose]()
    await lock.release()
    expect(await scene.open()).toEqual([])
  })

  it('that has run out does not release the one of another', async () => {
    const scene = new Scene()
    const late = await scene.session.lock({ ttl: 20 })
    const other = await scene.another().lock({ ttl: 60_000 })
    await expect(late.release()).rejects.toMatchObject({ code: 'LOCK_LOST' })
    expect(await scene.open()).toEqual(['lease'])
    await other.release()
  })

  it('can be extended while it is held, not after', async () => {
    const scene = new Scene()
    const lock = await scene.session.lock({ ttl: 100 })
    await lock.extend(60_000)
    await lock.release()
    await expect(lock.extend(1_000)).rejects.toMatchObject({ code: 'LOCK_LOST' })
  })

  it.each([[{ ttl: 0 }], [{ ttl: 1.5 }], [{ ttl: 10, onBusy: 'interrupt' as 'queue' }]])(
    'refuses %j with LOCK_INVALID',
    async (options) => {
      await expect(new Scene().session.lock(options)).rejects.toMatchObject({ code: 'LOCK_INVALID' })
    },
  )
})
