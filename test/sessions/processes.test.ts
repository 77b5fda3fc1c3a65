import { SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { startChild } from '../faults/turns/child.ts'
import { openShared, shared } from '../faults/turns/subjects.ts'
import { textsOf } from './talk.ts'

const PROCESSES = 4
const WRITERS = 16
const MESSAGES = 5
const CHANGES = 50

describe.each(shared)('sessions of several processes on $subject.name', (one) => {
  const { store, where } = openShared(one)
  const open = (id: string) => new SessionManager({ store }).asService().open(id)

  it('take in what 64 writers of 4 processes append: every message once, in the order of its writer', async () => {
    const writersOf = (process: number): string[] =>
      Array.from({ length: WRITERS }, (_, writer) => `writer ${process}.${writer}:`)
    const children = Array.from({ length: PROCESSES }, (_, process) =>
      startChild('writers', { where, id: 'log', writers: writersOf(process), messages: MESSAGES }),
    )
    await Promise.all(children.map((child) => child.end()))
    const session = await new SessionManager({ store }).asService().get('log')
    const texts = textsOf((await session?.messages.list()) ?? []).map(String)
    expect(texts).toHaveLength(PROCESSES * WRITERS * MESSAGES)
    expect(session?.counts.messages).toBe(texts.length)
    for (const writer of Array.from({ length: PROCESSES }, (_, process) => writersOf(process)).flat()) {
      const own = texts.filter((text) => text.startsWith(writer))
      expect(own).toEqual(Array.from({ length: MESSAGES }, (_, at) => `${writer} ${at}`))
    }
  })

  it('count 200 updates of one value, and keep the values of all keys', async () => {
    const children = Array.from({ length: PROCESSES }, (_, process) =>
      startChild('data', { where, id: 'counted', changes: CHANGES, name: `process ${process}` }),
    )
    await Promise.all(children.map((child) => child.end()))
    const { n, ...others } = await open('counted').data.all()
    expect(n).toBe(PROCESSES * CHANGES)
    expect(Object.keys(others)).toHaveLength(PROCESSES * CHANGES)
  })

  it('are whole whenever a process is killed that forks and resets them', async () => {
    await open('forked').messages.append(['a', 'b', 'c'].map((id) => ({ id, role: 'user', parts: [] })))
    for (let kill = 0; kill < 3; kill++) {
      const child = startChild('forks', { where, id: 'forked' })
      for (let line = 0; line < 3 + kill; line++) await child.line()
      await child.kill()
      const session = open('forked')
      const branches = await session.branches.list()
      const current = branches.filter((branch) => branch.current)
      expect(current).toHaveLength(1)
      expect(await session.messages.count()).toBe(current[0]?.messages)
      for (const { name, messages } of branches) {
        const listed = await session.messages.list({ branch: name })
        expect(listed, name).toHaveLength(messages)
        expect(listed.map(({ id }) => id)).toEqual(['a', 'b', 'c'].slice(0, listed.length))
      }
      await session.branches.switch('main')
      expect(await session.messages.count()).toBe(3)
      expect(['', 'mark']).toContain(Object.keys(await session.data.all()).join())
    }
  })
})
