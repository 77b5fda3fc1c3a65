import type { SessionManagerOptions } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { faithful } from '../../packages/core/test/context/compaction/conversation.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const say = (role: string, content: string) => ({ role, parts: [{ type: 'text', content }] })

describe.each(subjects)('a manager on $name that compacts', (subject) => {
  const scene = Scene.on(subject)
  const talk = async (compaction: SessionManagerOptions['compaction'], turns: number) => {
    const sessions = scene.manager(compaction && { compaction })
    const session = await sessions.as({ userId: 'ada' }).create()
    for (let i = 0; i < turns; i++) {
      await session.turn((turn) => turn.append(say('user', `question ${i}`), say('assistant', `answer ${i}`)))
    }
    await sessions.close()
    return { session, compacted: scene.events.filter(({ type }) => type === 'compacted') }
  }

  it('does so after a turn when it is due, and closing waits for it', async () => {
    const { session, compacted } = await talk({ model: faithful, keepRecent: 4, when: { messages: 20 } }, 12)
    expect(compacted.length).toBeGreaterThan(0)
    expect(compacted[0]?.detail).toMatchObject({ outcome: 'compacted', reason: 'messages' })
    expect(await session.messages.count()).toBe(24)
    expect((await session.context.messages()).length).toBeLessThan(24)
  })

  it('tells of a summary that failed, and the turns go on', async () => {
    const model = () => Promise.reject(new Error('out of credit'))
    const { session, compacted } = await talk({ model, keepRecent: 4, when: { messages: 20 } }, 12)
    expect(compacted[0]?.detail).toMatchObject({ outcome: 'failed', why: expect.stringContaining('out of credit') })
    expect(await session.context.messages()).toHaveLength(24)
  })

  it('leaves sessions alone that are not due, and those of managers that were not asked to', async () => {
    expect((await talk({ model: faithful }, 3)).compacted).toEqual([])
    expect((await talk(undefined, 30)).compacted).toEqual([])
  })

  it('refuses options that are none, at once', () => {
    const made = () => scene.manager({ compaction: { model: 'gpt' } as never })
    expect(made).toThrow(expect.objectContaining({ code: 'COMPACTION_INVALID' }))
  })
})
