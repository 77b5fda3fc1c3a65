import { setTimeout as sleep } from 'node:timers/promises'
import { SessionManager, type Store } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { startChild } from './child.ts'
import { LeaseWatch } from './lease-watch.ts'
import { report } from './report.ts'
import { openShared, shared } from './subjects.ts'

const leaseMs = 1_000
const kills = process.env.EVERTHREAD_SOAK ? 100 : 10

describe.concurrent.each(shared)('a process killed in a turn, on $subject.name', (subject) => {
  const { store, where } = openShared(subject)
  const open = (on: Store) =>
    new SessionManager({ store: on, lease: { ttlMs: leaseMs } }).asService('next').open('killed')
  const session = open(store)

  it(`never shows an unfinished turn as finished, and starts the next within the lease time, ${kills} times`, async () => {
    let recoveries = 0
    const waits: number[] = []
    const storeWaits: number[] = []
    for (let round = 0; round < kills; round++) {
      const child = startChild('turns', { where, id: session.id, leaseMs, name: `process ${round}` })
      await child.line()
      await sleep(Math.random() * 100)
      await child.kill()
      const killed = performance.now()
      const watch = new LeaseWatch(store, leaseMs)
      const recovered = await open(watch.store).turn((turn) => {
        waits.push(performance.now() - killed)
        return turn.recovered
      })
      if (watch.waited !== undefined) storeWaits.push(watch.waited)
      expect(watch.isOvertaken).toBe(false)
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
        `with leases of ${leaseMs} ms the next turn took the session at most ${Math.max(...storeWaits)} ms after the ` +
        `last renewal, by the store's clock; its work began at most ${Math.round(Math.max(...waits))} ms after the kill`,
    )
    expect(recoveries).toBeGreaterThan(0)
    // Now and then the machine is busy with something else: then only what `isOvertaken` says can be asked of it.
    expect(storeWaits.toSorted((a, b) => a - b)[Math.floor(storeWaits.length / 2)]).toBeLessThanOrEqual(leaseMs)
  })
})
