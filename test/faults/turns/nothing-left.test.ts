import { SessionManager } from '@everthread/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startChild } from './child.ts'
import { openShared, shared } from './subjects.ts'

/** Nothing is waited for: a lease, a ticket or a timer that is left behind holds up the test until it fails. */
const leaseMs = 3_600_000

describe.each(shared)('turns that are aborted while they run and while they wait, on $subject.name', (subject) => {
  const { store, where } = openShared(subject)
  const session = new SessionManager({ store, lease: { ttlMs: leaseMs } }).asService('next').open('aborted')
  const partition = { tenant: 'default', id: session.id }

  async function keys(): Promise<string[]> {
    const { rows } = await store.read(partition, [{ prefix: '', limit: 1_000 }])
    return (rows[0] ?? []).map(({ key }) => key)
  }

  it('free the session at once, and leave no lease, no ticket, no listener and no timer', async () => {
    const child = startChild('aborted', { where, id: session.id, leaseMs })
    onTestFinished(() => child.kill())
    expect([await child.line(), await child.line()]).toEqual(['up', 'holding'])
    const next = session.turn(() => 'next')
    await expect.poll(async () => (await keys()).filter((key) => key.startsWith('q/')).length).toBe(2)
    child.process.stdin?.write('go on\n')
    expect(await next).toBe('next')
    const said = await child.end()
    const { outcomes, listeners, before, after } = JSON.parse(said.at(-1) as string)
    expect(outcomes).toEqual(['Error: the user left', 'Error: the user left', 'TURN_TIMEOUT'])
    expect(listeners).toBe(0)
    expect(after).toEqual(before)
    const left = (await keys()).filter((key) => !key.startsWith('u/'))
    expect(left).toEqual([])
    expect(await session.messages.list()).toEqual([])
  })
})
