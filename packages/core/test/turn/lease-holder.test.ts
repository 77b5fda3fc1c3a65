import { memoryStore } from '@everthread/core/memory'
import { describe, expect, it } from 'vitest'
import type { Commit } from '../../src/index.ts'
import { takeLease } from '../../src/turn/lease.ts'
import { LeaseHolder } from '../../src/turn/lease-holder.ts'

const partition = { tenant: 'default', id: 'session' }

async function holding(name = 'mine') {
  const store = memoryStore()
  let ids = 0
  const commit = (it: Omit<Commit, 'id'>) => store.commit(partition, { id: `${name} ${ids++}`, ...it })
  const lease = { id: 'turn', hold: name, kind: 'turn' as const, holder: 'ada', since: 0 }
  const outcome = await commit({ ops: [takeLease(lease, 60_000)] })
  if (!outcome.ok) throw new Error('refused')
  const holder = new LeaseHolder(lease, outcome.rev, { ttlMs: 60_000, commit })
  const row = async () => {
    const { rows } = await store.read(partition, [{ get: ['lease'] }])
    const found = rows[0]?.[0]
    return found && { rev: found.rev, text: new TextDecoder().decode(found.value) }
  }
  return { holder, commit, row }
}

describe('a lease that is held', () => {
  it('takes over a revision that a renewal of its own has made', async () => {
    const { holder, commit, row } = await holding()
    await commit({ ops: [{ touch: 'lease', ttlMs: 60_000 }] })
    expect(holder.holds(await row())).toBe(true)
    expect(holder.rev()).toBe((await row())?.rev)
    expect(holder.isHeld).toBe(true)
  })

  it('is still held under a revision that it knows', async () => {
    const { holder, row } = await holding()
    expect(holder.holds(await row())).toBe(true)
  })

  it('is renewed though the reply of an earlier renewal was lost', async () => {
    const { holder, commit } = await holding()
    await commit({ ops: [{ touch: 'lease', ttlMs: 60_000 }] })
    await holder.extend(60_000)
    expect(holder.isHeld).toBe(true)
  })

  it('is lost once the row is gone, or another hold of the same turn has it', async () => {
    const gone = await holding()
    expect(gone.holder.holds(undefined)).toBe(false)
    expect(gone.holder.signal.reason).toMatchObject({ code: 'FENCED' })
    const { holder } = await holding('mine')
    const { row } = await holding('of a second try')
    expect(holder.holds(await row())).toBe(false)
    expect(holder.isHeld).toBe(false)
  })
})
