import { SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { startChild } from './child.ts'
import { openShared, shared } from './subjects.ts'

const leaseMs = 1_000

describe.each(shared)('a holder that is paused past its lease, on $subject.name', (subject) => {
  const { store, where } = openShared(subject)
  const session = new SessionManager({ store, lease: { ttlMs: leaseMs } }).asService('other').open('paused')

  it('is refused by the store with FENCED when it goes on, and nothing of it is visible', async () => {
    const child = startChild('holder', { where, id: session.id, leaseMs })
    const turnId = await child.line()
    child.process.kill('SIGSTOP')
    const recovered = await session.turn((turn) => {
      turn.append({ role: 'user', parts: [{ type: 'text', content: 'meanwhile' }] })
      return turn.recovered
    })
    child.process.kill('SIGCONT')
    child.process.stdin?.write('go on\n')
    const said = await child.end()
    expect(said).toContain('step: FENCED')
    expect(said).toContain('turn: FENCED')
    expect(recovered?.turn.id).toBe(turnId)
    const texts = (await session.messages.list()).map(({ parts }) => parts[0]?.content)
    expect(texts).toEqual(['before the pause', 'meanwhile'])
    expect((await session.turnRecord(turnId))?.state).toBe('interrupted')
  })
})
