import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type NeutralMessage, SessionManager } from '@everthread/core'
import { memoryStore } from '@everthread/core/memory'
import { afterAll, describe, expect, it } from 'vitest'
import { startChild } from '../turns/child.ts'
import { report } from '../turns/report.ts'
import { openShared, shared } from '../turns/subjects.ts'

/** Deaths: at each commit so many, or at some commits one. */
const rounds = process.env.EVERTHREAD_SOAK ? 5 : undefined
const SOME = 2
const MESSAGES = 2_500
/** A commit takes a few ms: the death may come before it, in it, or after. */
const LATEST_MS = 8

const said = (n: number): NeutralMessage => ({ id: `m${n}`, role: 'user', parts: [{ type: 'text', content: `${n}` }] })

async function document(): Promise<string> {
  const session = await new SessionManager({ store: memoryStore() }).as({ userId: 'ada' }).create({ id: 'chat' })
  for (let from = 0; from < MESSAGES; from += 500) {
    await session.messages.append(Array.from({ length: 500 }, (_, i) => said(from + i)))
  }
  await Promise.all(Array.from({ length: 3_000 }, (_, i) => session.data.set(`key ${i}`, i)))
  await session.checkpoints.save({ step: 1 })
  await session.branches.fork({ from: 'm7', name: 'side' })
  return session.export()
}

describe.each(shared)('an import on $subject.name whose process is killed', (subject) => {
  const { store, where } = openShared(subject)
  const folder = mkdtempSync(join(tmpdir(), 'everthread-import-'))
  const file = join(folder, 'chat.json')
  afterAll(() => rmSync(folder, { recursive: true }))

  it(
    'is not there, or is there whole; and another one does it',
    async () => {
      const text = await document()
      writeFileSync(file, text)
      const begin = (tenant: string) => startChild('../lifecycle/import', { where, tenant, file })
      const commits = (await begin(randomUUID()).end()).length - 1
      expect(commits).toBeGreaterThan(SOME)
      const points = rounds
        ? Array.from({ length: commits * rounds }, (_, i) => i % commits)
        : Array.from({ length: SOME }, () => Math.floor(Math.random() * commits))
      let whole = 0
      for (const point of points) {
        const tenant = randomUUID()
        const child = begin(tenant)
        for (let line = 0; line <= point; line++) await child.line()
        await sleep(Math.random() * LATEST_MS)
        await child.kill()

        const limits = { perUser: { max: 1, onLimit: 'reject' as const } }
        const ada = new SessionManager({ store, tenant, limits }).as({ userId: 'ada' })
        const left = await ada.get('chat')
        const { sessions } = await ada.list()
        expect([point, sessions.length]).toEqual([point, left ? 1 : 0])
        if (left) {
          whole++
          expect([point, (await left.export()) === text]).toEqual([point, true])
        } else {
          const back = await ada.import(text)
          expect([point, (await back.export()) === text]).toEqual([point, true])
        }
        expect([point, await ada.delete('chat'), await ada.exists('chat')]).toEqual([point, true, false])
      }
      report(
        `${subject.subject.name}: killed ${points.length} times in ${commits} commits, ${whole} times after the last`,
      )
    },
    rounds ? 3_600_000 : 120_000,
  )
})
