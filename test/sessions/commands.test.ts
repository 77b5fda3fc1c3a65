import { type CommandOptions, runCommand, type Session } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf as texts, user } from './talk.ts'

const textsOf = async (session: Session) => texts(await session.messages.list())

describe.each(subjects)('a command on $name', (subject) => {
  const scene = Scene.on(subject)
  let made = 0
  const talked = async (...said: string[]): Promise<Session> => {
    const session = await scene
      .manager()
      .asService()
      .create({ id: `chat-${made++}` })
    if (said.length > 0) await session.messages.append(said.map((text) => user(text)))
    await session.data.set('kept', 1)
    return session
  }

  it('that is none is an ordinary message', async () => {
    const session = await talked('one')
    for (const text of ['hello', '/unknown', '/ new', '']) expect(await runCommand(session, text)).toBeUndefined()
    expect(await textsOf(session)).toEqual(['one'])
  })

  it.each(['/new', '/reset'])('%s begins afresh, and /undo goes back', async (text) => {
    const session = await talked('one', 'two')
    expect(await runCommand(session, text)).toMatchObject({ ok: true, data: { mode: 'soft' } })
    expect([await textsOf(session), await session.data.get('kept')]).toEqual([[], 1])
    expect(await runCommand(session, '/undo')).toMatchObject({ ok: true, data: { undone: { kind: 'reset' } } })
    expect(await textsOf(session)).toEqual(['one', 'two'])
    expect(await runCommand(session, '/undo')).toMatchObject({ ok: true, data: { undone: null } })
  })

  it('/reset hard clears the data as well, until it is taken back', async () => {
    const session = await talked('one')
    expect((await runCommand(session, '/reset hard'))?.text).toContain('data is cleared')
    expect(await session.data.get('kept')).toBeUndefined()
    await runCommand(session, '/undo')
    expect(await session.data.get('kept')).toBe(1)
  })

  it('/status tells the session at a glance', async () => {
    const result = await runCommand(await talked('one', 'two'), '/status')
    expect(result).toMatchObject({ command: 'status', ok: true, data: { messageCount: 2, toolCallCount: 0 } })
    expect(result?.text).toMatch(/^messageCount: 2$/m)
    expect(result?.text).toMatch(/^createdAt: 2026-01-15T12:00:00.000Z$/m)
  })

  it('/context draws what takes how many tokens', async () => {
    const result = await runCommand(await talked('one'), '/context', { context: { window: 1_000 } })
    expect(result?.text).toMatch(/^Context: about \d+ tokens of 1,000/)
    expect(result?.data).toMatchObject({ messages: 1, window: 1_000 })
  })

  it('/compact summarises by a model, minding what the user said', async () => {
    const session = await talked(...Array.from({ length: 30 }, (_, i) => `Message ${i} `.repeat(40)))
    const prompts: string[] = []
    const model = (prompt: string): string => {
      prompts.push(prompt)
      return 'They counted from 0 to 19.'
    }
    const compact: CommandOptions['compact'] = { model, keepRecent: 10 }
    const result = await runCommand(session, '/compact keep the numbers', { compact })
    expect(prompts.join()).toContain('keep the numbers')
    expect(result).toMatchObject({ ok: true, command: 'compact' })
    expect(result?.text).toMatch(/^(Summarised \d+ messages|Nothing was changed)/)
    await expect(runCommand(session, '/compact')).rejects.toMatchObject({ code: 'COMMAND_NEEDS_MODEL' })
  })

  it('/title makes one, shows it, or sets it', async () => {
    const session = await talked('Plan a trip to Oslo')
    expect((await runCommand(session, '/title'))?.text).toBe('Plan a trip to Oslo')
    expect((await runCommand(session, '/title Norway'))?.data).toEqual({ title: 'Norway' })
    expect((await runCommand(session, '/title'))?.text).toBe('Norway')
    expect(session.title).toBe('Norway')
    expect(await runCommand(session, `/title ${'x'.repeat(600)}`)).toMatchObject({ ok: false })
    expect((await runCommand(await talked(), '/title'))?.data).toEqual({ title: null })
  })

  it('/fork goes on in a branch of its own, and /branches shows and switches them', async () => {
    const session = await talked('one')
    expect(await runCommand(session, '/fork side')).toMatchObject({ data: { branch: { name: 'side', current: true } } })
    await session.messages.append(user('two'))
    expect((await runCommand(session, '/branches'))?.text).toBe('  main (1 message)\n* side (2 messages)')
    expect((await runCommand(session, '/branches main'))?.text).toBe('* main (1 message)\n  side (2 messages)')
    expect(await textsOf(session)).toEqual(['one'])
    expect(await runCommand(session, '/branches none')).toMatchObject({ ok: false, data: { code: 'BRANCH_NOT_FOUND' } })
    expect(await runCommand(session, '/fork side')).toMatchObject({ ok: false, data: { code: 'BRANCH_EXISTS' } })
    expect(await runCommand(await talked(), '/fork')).toMatchObject({ ok: false, data: { code: 'COMMAND_USAGE' } })
  })

  it.each([
    ['/export', 'markdown', /^# one/],
    ['/export HTML', 'html', /^<!doctype html>/],
    ['/export json', 'json', /^\{"everthread"/],
    ['/export jsonl', 'jsonl', /\n\{"digest"/],
  ])('%s gives the conversation as %s', async (text, format, begins) => {
    const result = await runCommand(await talked('one'), text)
    expect(result).toMatchObject({ ok: true, data: { format } })
    expect(result?.text).toMatch(begins)
  })

  it('/help lists all of them', async () => {
    const result = await runCommand(await talked(), '/help')
    expect(result?.text.split('\n')).toHaveLength(11)
    expect(result?.text).toMatch(/^\/reset \[hard\] +The same/m)
  })

  it.each(['/new title', '/reset soft', '/undo 2', '/status now', '/export pdf', '/help me'])(
    '%s is told how it is said, and nothing is done',
    async (text) => {
      const session = await talked('one')
      expect(await runCommand(session, text)).toMatchObject({ ok: false, data: { code: 'COMMAND_USAGE' } })
      expect(await textsOf(session)).toEqual(['one'])
    },
  )

  it('to a session that is archived is told so, and what is broken is thrown', async () => {
    const session = await talked('one')
    await session.archive()
    expect(await runCommand(session, '/new')).toMatchObject({ ok: false, data: { code: 'SESSION_ARCHIVED' } })
    await session.delete()
    await expect(runCommand(session, '/new')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })
})
