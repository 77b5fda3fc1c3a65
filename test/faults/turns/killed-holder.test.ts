import { setTimeout as sleep } from 'node:timers/promises'
import { SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { startChild } from './child.ts'
import { report } from './report.ts'
import { openShared, shared } from './subjects.ts'

const leaseMs = 1_000
const kills = process.env.EVERTHREAD_SOAK ? 100 : 10

describe.concurrent.each(shared)('a process killed in a turn, on $subject.name', (subject) => {
  const { store, where } = openShared(subject)
  const session = new SessionManager({ store, lease: { ttlMs: leaseMs } }).asService('next').open('killed')

  it(`never shows an unfinished turn as finished, and lets the next one start, ${kills} times`, async () => {
    let recoveries = 0
    const waits: number[] = []
    for (let round = 0; round < kills; round++) {
      const child = startChild('turns', { where, id: session.id, leaseMs, name: `process ${round}` })
      await child.line()
      await sleep(Math.random() * 100)
      await child.kill()
      const killed = performance.now()
      // As long as a lease, and as starting takes on a busy machine.
      const recovered = await session.turn((turn) => turn.recovered, { timeout: leaseMs + 10_000 })
      waits.push(performance.now() - killed)
      if (recovered) recoveries++
      if (recovered) expect((await session.turnRecord(recovered.turn.id))?.state).toBe('interrupted')
    }
    const texts = (await session.messages.list()).map(({ parts }) => String(parts[0]?.content))
    const begun = texts.filter((text) => text.startsWith('begin ')).map((text) => text.slice('begin '.length))
    const ended = new Set(texts.filter((text) => text.startsWith('end ')).map((text) => text.slice('end '.length)))
    for (const id of begun.slice(-200)) {
      expect([id, (await session.turnRecord(id))?.state]).toEqual([id, ended.has(id) ? 'complete' : 'interrupted'])
    }
    report(
      `${subject.subject.name}: ${kills} kills, ${begun.length} turns, ${recoveries} left behind; ` +
        `the next turn started after at most ${Math.round(Math.max(...waits))} ms, with leases of ${leaseMs} ms`,
    )
    expect(recoveries).toBeGreaterThan(0)
  })
})
