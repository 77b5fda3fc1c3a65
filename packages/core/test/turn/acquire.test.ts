import { describe, expect, it, vi } from 'vitest'
import type { Commit } from '../../src/index.ts'
import { gate, LEASE_MS, meddled, Scene, virtualTime } from './scene.ts'

const takesLease = ({ ops }: Commit): boolean => ops.some((op) => 'put' in op && op.put === 'lease')

describe('taking a session', () => {
  it('whose reply is lost fails, and leaves no lease behind', async () => {
    const scene = new Scene()
    const store = meddled(scene.store, async (partition, commit) => {
      const outcome = await scene.store.commit(partition, commit)
      if (takesLease(commit)) throw new Error('the line is cut')
      return outcome
    })
    await expect(scene.another('unlucky', { store }).turn(() => 1)).rejects.toThrow('the line is cut')
    expect(await scene.open()).toEqual([])
    expect(await scene.session.turn(() => 'next', { onBusy: 'reject' })).toBe('next')
  })

  it('that fails leaves the lease of another alone', async () => {
    const scene = new Scene()
    const store = meddled(scene.store, () => Promise.reject(new Error('the line is cut')))
    const done = gate()
    const holder = scene.session.turn(() => done.promise)
    await expect.poll(() => scene.open()).toContain('lease')
    await expect(scene.another('unlucky', { store }).turn(() => 1)).rejects.toThrow('the line is cut')
    expect(await scene.open()).toEqual(['lease', 'running'])
    done.resolve()
    await holder
  })

  it('keeps a place in the queue for longer than a ticket lives', async () => {
    virtualTime()
    const scene = new Scene()
    const done = gate()
    const holder = scene.session.turn(() => done.promise)
    await expect.poll(() => scene.open()).toContain('lease')
    const order: string[] = []
    const early = scene.another('early').turn(() => void order.push('early'))
    await vi.advanceTimersByTimeAsync(3 * LEASE_MS)
    const late = scene.another('late').turn(() => void order.push('late'))
    await vi.advanceTimersByTimeAsync(50)
    done.resolve()
    await vi.advanceTimersByTimeAsync(LEASE_MS)
    await Promise.all([holder, early, late])
    expect(order).toEqual(['early', 'late'])
  })

  it('takes its place in the queue again when its ticket was lost', async () => {
    const scene = new Scene()
    const done = gate()
    const holder = scene.session.turn(() => done.promise)
    await expect.poll(() => scene.open()).toContain('lease')
    const waiting = scene.another().turn(() => 'served')
    await expect.poll(async () => (await scene.open()).length).toBe(3)
    await scene.store.commit({ tenant: 'default', id: scene.id }, { id: 'loss', ops: [{ delPrefix: 'q/' }] })
    done.resolve()
    expect(await waiting).toBe('served')
    await holder
    expect(await scene.open()).toEqual([])
  })

  it('fails with what the store says, also while it waits', async () => {
    const scene = new Scene()
    const done = gate()
    const holder = scene.session.turn(() => done.promise)
    await expect.poll(() => scene.open()).toContain('lease')
    let broken = false
    const store = meddled(scene.store, (partition, commit) =>
      broken && takesLease(commit)
        ? Promise.reject(new Error('the store is down'))
        : scene.store.commit(partition, commit),
    )
    const waiting = scene.another('waiting', { store }).turn(() => 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    broken = true
    await expect(waiting).rejects.toThrow('the store is down')
    done.resolve()
    await holder
    expect(await scene.open()).toEqual([])
  })

  it('that was given up while the store was answering gives the session back', async () => {
    const scene = new Scene()
    const done = gate()
    const holder = scene.session.turn(() => done.promise)
    await expect.poll(() => scene.open()).toContain('lease')
    const abort = new AbortController()
    const store = meddled(scene.store, async (partition, commit) => {
      const outcome = await scene.store.commit(partition, commit)
      if (takesLease(commit) && outcome.ok) abort.abort(new Error('too late'))
      return outcome
    })
    const waiting = scene.another('impatient', { store }).turn(() => 'never', { signal: abort.signal })
    await expect.poll(async () => (await scene.open()).length).toBe(3)
    done.resolve()
    await expect(waiting).rejects.toThrow('too late')
    await holder
    await expect.poll(() => scene.open()).toEqual([])
  })

  it('costs one commit beside its last', async () => {
    const scene = new Scene()
    let commits = 0
    const store = meddled(scene.store, (partition, commit) => {
      commits++
      return scene.store.commit(partition, commit)
    })
    const session = scene.another('frugal', { store })
    await session.turn(() => undefined)
    commits = 0
    await session.turn(() => undefined)
    expect(commits).toBe(2)
  })
})
