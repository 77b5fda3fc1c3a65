import { randomUUID } from 'node:crypto'
import { partitionOfKind, SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { type Child, startChild } from '../turns/child.ts'
import { report } from '../turns/report.ts'
import { openShared, shared } from '../turns/subjects.ts'

const many = process.env.EVERTHREAD_SOAK ? 50_000 : 600
const kills = process.env.EVERTHREAD_SOAK ? 20 : 1
const timeout = process.env.EVERTHREAD_SOAK ? 3_600_000 : 120_000
const BATCH = 500

describe.each(shared)('sweeping on $subject.name', (subject) => {
  const { store, where } = openShared(subject)

  async function expiredSessions(tenant: string, count: number): Promise<SessionManager> {
    const sessions = new SessionManager({ store, tenant })
    const service = sessions.asService()
    for (let made = 0; made < count; made += BATCH) {
      await service.createMany(Array.from({ length: Math.min(BATCH, count - made) }, () => ({ ttl: 1 })))
    }
    return sessions
  }

  /** What a process that was killed had said and nobody had heard yet. */
  async function rest(child: Child): Promise<string[]> {
    const said: string[] = []
    for (;;) {
      const line = await child.line().catch(() => undefined)
      if (line === undefined) return said
      said.push(line)
    }
  }

  const expiredIn = (said: string[]): string[] =>
    said.filter((line) => line.startsWith('expired ')).map((line) => line.slice('expired '.length))

  it(
    `of ${many} sessions is shared by two processes of 64 MB, none does it twice, and traffic goes on`,
    async () => {
      const tenant = randomUUID()
      const sessions = await expiredSessions(tenant, many)
      const live = await sessions.asService().create({ id: 'live' })
      const children = [1, 2].map(() => startChild('../lifecycle/sweep', { where, tenant }))
      let running = true
      const done = Promise.all(children.map((child) => child.end())).finally(() => {
        running = false
      })
      let appended = 0
      while (running) {
        await live.messages.append({ role: 'user', parts: [{ type: 'text', content: 'still here' }] })
        appended++
      }
      const said = await done
      const ids = said.flatMap(expiredIn)
      expect(ids).toHaveLength(many)
      expect(new Set(ids).size).toBe(many)
      const counts = said.map((lines) => Number(lines.at(-1)?.slice('count '.length)))
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(many)
      expect(await sessions.sweep()).toBe(0)
      expect(live.counts.messages).toBe(appended)
      report(
        `${subject.subject.name}: ${many} sessions expired, ${counts.join(' and ')}; ${appended} appends meanwhile`,
      )
      await sessions.asService().deleteMany(['live'])
    },
    timeout,
  )

  it(
    `that is killed leaves nothing half done, and the next finishes it, ${kills} times`,
    async () => {
      for (let round = 0; round < kills; round++) {
        const tenant = randomUUID()
        const count = 200
        const sessions = await expiredSessions(tenant, count)
        const child = startChild('../lifecycle/sweep', { where, tenant })
        const heard: string[] = []
        const until = 1 + Math.floor(Math.random() * (count / 2))
        while (heard.length < until) heard.push(await child.line())
        await child.kill()
        heard.push(...(await rest(child)))

        const service = sessions.asService()
        expect(await service.count()).toBe(count)
        expect((await service.stats()).expired).toBe(count)
        // As when the lease of the dead is over.
        const leases = Array.from({ length: 16 }, (_, part) => ({ del: `lease/${part}` }))
        await store.commit(partitionOfKind('sweep', tenant, 'parts'), { id: randomUUID(), ops: leases })
        const next = startChild('../lifecycle/sweep', { where, tenant })
        const said = await next.end()
        const ids = [...expiredIn(heard), ...expiredIn(said)]
        expect(new Set(ids).size).toBe(count)
        // Of those that the dead had in hand, some are announced again.
        expect(ids.length - count).toBeLessThanOrEqual(100)
        expect(await sessions.sweep()).toBe(0)
      }
    },
    timeout,
  )
})
