import { describe, expect, it } from 'vitest'
import { type SessionEvent, SessionManager, type SessionManagerOptions } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { faithful } from '../context/compaction/conversation.ts'

const say = (role: string, content: string) => ({ role, parts: [{ type: 'text', content }] })

async function talk(compaction: SessionManagerOptions['compaction'], turns: number) {
  const events: SessionEvent[] = []
  const store = memoryStore()
  const sessions = new SessionManager({
    store,
    onEvent: (event) => void events.push(event),
    ...(compaction && { compaction }),
  })
  const session = await sessions.as({ userId: 'ada' }).create()
  for (let i = 0; i < turns; i++) {
    await session.turn((turn) => turn.append(say('user', `question ${i}`), say('assistant', `answer ${i}`)))
  }
  await sessions.close()
  return { session, compacted: events.filter(({ type }) => type === 'compacted') }
}

describe('a manager that compacts', () => {
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
    const made = () => new SessionManager({ store: memoryStore(), compaction: { model: 'gpt' } as never })
    expect(made).toThrow(expect.objectContaining({ code: 'COMPACTION_INVALID' }))
  })
})
