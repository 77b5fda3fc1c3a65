import type { Session, SharedSession, ShareOptions } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { allRows } from '../../packages/core/test/checkpoint/hooked-store.ts'
import { Scene } from './scene.ts'
import { subjects } from './subjects.ts'
import { textsOf as texts, user } from './talk.ts'

const textsOf = async (shared: SharedSession | undefined) => shared && texts(await shared.messages())

describe.each(subjects)('a link to a session on $name', (subject) => {
  const scene = Scene.on(subject)
  const sessions = () => scene.manager({ expiry: false })
  const open = (token: string) => scene.manager().asService().openShare(token)
  const unknown = (): number => scene.events.filter(({ code }) => code === 'SHARE_UNKNOWN').length
  const talk = async (): Promise<Session> => {
    const session = await sessions().as({ userId: 'ada' }).create({ id: 'chat', title: 'Oslo' })
    await session.messages.append([user('one', { id: 'a' }), user('two', { id: 'b' })])
    return session
  }

  it('shows what had been said when it was made, to whoever has it', async () => {
    const session = await talk()
    const { token } = await session.share()
    await session.messages.append(user('three'))
    const shared = await open(token)
    expect(await textsOf(shared)).toEqual(['one', 'two'])
    expect([shared?.title, shared?.createdAt]).toEqual(['Oslo', session.createdAt])
  })

  it.each<[string, ShareOptions['scope'], string[]]>([
    ['live: what is said later, too', 'live', ['one', 'two', 'three']],
    ['up to a message', { upTo: 'a' }, ['one']],
    ['a branch by name', { branch: 'side' }, ['one']],
    ['the branch that was current, when another one is', { branch: 'main' }, ['one', 'two']],
  ])('shows %s', async (_, scope, expected) => {
    const session = await talk()
    await session.branches.fork({ from: 'a', name: 'side' })
    const { token } = await session.share(scope === undefined ? {} : { scope })
    if (scope === 'live') await session.messages.append(user('three'))
    await session.branches.switch('side')
    await session.branches.rename('main', 'old')
    expect(await textsOf(await open(token))).toEqual(expected)
  })

  it('of a branch that was deleted shows nothing, and of an empty session neither, also later', async () => {
    const session = await sessions().asService().create()
    const empty = await session.share()
    await session.messages.append([user('one', { id: 'a' }), user('two')])
    expect(await textsOf(await open(empty.token))).toEqual([])
    await session.branches.fork({ from: 'a', name: 'side' })
    const side = await session.share({ scope: { branch: 'side' } })
    await session.branches.delete('side')
    expect(await textsOf(await open(side.token))).toEqual([])
  })

  it('shows nothing of the application or a framework, and nothing that is redacted', async () => {
    const session = await talk()
    await session.messages.append([
      user('Mail ada@example.com or 4111 1111 1111 1111', {
        metadata: { secret: 1 },
        native: { format: 'x', data: 'sk-abcdefghijklmnop1234' },
      }),
      {
        role: 'tool',
        parts: [
          { type: 'tool_call_response', id: 'c', response: { key: 'sk-abcdefghijklmnop1234', list: ['Oslo'] } },
          { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'T3Nsbw==' },
        ],
      },
    ])
    const shown = async (redact: ShareOptions['redact']) =>
      (await open((await session.share(redact === undefined ? {} : { redact })).token))?.messages()
    const plain = await shown(undefined)
    expect(JSON.stringify(plain)).toContain('ada@example.com')
    expect(JSON.stringify(plain)).not.toMatch(/secret|native/)
    const common = JSON.stringify(await shown(true))
    expect(common).not.toMatch(/ada@|4111|sk-abc/)
    expect(common).toContain('Mail [redacted] or [redacted]')
    const own = JSON.stringify(await shown(['ada@example.com', /oslo/i]))
    expect(own).toContain('"list":["[redacted]"]')
    expect(own).toContain('Mail [redacted] or 4111')
    expect(own).toContain('T3Nsbw==')
  })

  it('is a page as well, redacted down to its title', async () => {
    const { token } = await (await talk()).share({ redact: ['Oslo', 'two'] })
    const shared = await open(token)
    const page = await shared?.export()
    expect(page).toContain('<title>[redacted]</title>')
    expect(page).toContain('<p>one</p>')
    expect(page).not.toContain('two')
    expect(await shared?.export({ format: 'markdown' })).toContain('# \\[redacted\\]')
    await expect(shared?.export({ format: 'json' as never })).rejects.toMatchObject({ code: 'EXPORT_FORMAT_UNKNOWN' })
  })

  it('is counted each time it is opened, also when many do at once', async () => {
    const session = await talk()
    const { token, id } = await session.share()
    expect(await session.shares.list()).toMatchObject([{ id, opened: 0, openedAt: undefined }])
    scene.now += 60_000
    await Promise.all(Array.from({ length: 20 }, () => open(token)))
    expect(await session.shares.list()).toMatchObject([{ opened: 20, openedAt: scene.now }])
  })

  it('ends when it is revoked, by its id or its token, also for who has it open', async () => {
    const session = await talk()
    const [first, second] = [await session.share(), await session.share()]
    const held = await open(first.token)
    expect([await session.shares.revoke(first.token), await session.shares.revoke(second.id)]).toEqual([true, true])
    expect([await open(first.token), await open(second.token)]).toEqual([undefined, undefined])
    await expect(held?.messages()).rejects.toMatchObject({ code: 'SHARE_ENDED' })
    expect([await session.shares.revoke(first.token), await session.shares.list()]).toEqual([false, []])
  })

  it('ends by itself in time, 30 days unless it is said otherwise, or never', async () => {
    const session = await talk()
    const [brief, usual, lasting] = [
      await session.share({ expiresIn: 60_000 }),
      await session.share(),
      await session.share({ expiresIn: false }),
    ]
    expect([brief.expiresAt, lasting.expiresAt]).toEqual([scene.now + 60_000, undefined])
    await open(brief.token)
    scene.now += 60_000
    expect(await open(brief.token)).toBeUndefined()
    expect(await textsOf(await open(usual.token))).toEqual(['one', 'two'])
    scene.now += 30 * 24 * 3_600_000
    expect(await open(usual.token)).toBeUndefined()
    expect(await textsOf(await open(lasting.token))).toEqual(['one', 'two'])
    expect((await session.shares.list()).map(({ id }) => id)).toEqual([lasting.id])
  })

  it('goes with its session, and shows no other one that is made in its place', async () => {
    const session = await talk()
    const { token } = await session.share()
    await session.delete()
    expect(await open(token)).toBeUndefined()
    await talk()
    expect(await open(token)).toBeUndefined()
  })

  it('does not travel in an export', async () => {
    const session = await talk()
    const { id } = await session.share()
    expect(await session.export()).not.toContain(id)
  })

  it('cannot be guessed, nor read in the store', async () => {
    const session = await talk()
    const { token } = await session.share()
    expect(token).toMatch(/^[\w-]{43}$/)
    const rows = await allRows(scene.store, { tenant: scene.tenant, id: 'chat' })
    expect(rows.map(({ key, value }) => key + Buffer.from(value).toString()).join()).not.toContain(token)
    for (const wrong of ['', 'x'.repeat(43), token.slice(1), `${token}x`, 7, null, undefined]) {
      expect(
        await sessions()
          .asService()
          .openShare(wrong as string),
      ).toBeUndefined()
    }
    expect(unknown()).toBe(7)
  })

  it.each<[unknown, string]>([
    [null, 'SHARE_INVALID'],
    [{ scope: 'all' }, 'SHARE_INVALID'],
    [{ scope: { branch: '' } }, 'SHARE_INVALID'],
    [{ scope: { from: 'a' } }, 'SHARE_INVALID'],
    [{ scope: { branch: 'none' } }, 'BRANCH_NOT_FOUND'],
    [{ scope: { upTo: 'none' } }, 'MESSAGE_NOT_FOUND'],
    [{ expiresIn: 0 }, 'SHARE_INVALID'],
    [{ expiresIn: '1d' }, 'SHARE_INVALID'],
    [{ redact: 'ada' }, 'SHARE_INVALID'],
    [{ redact: [''] }, 'SHARE_INVALID'],
    [{ redact: [7] }, 'SHARE_INVALID'],
    [{ redact: ['x'.repeat(1_001)] }, 'SHARE_INVALID'],
    [{ redact: Array(51).fill('x') }, 'SHARE_INVALID'],
    [{ password: 'x' }, 'SHARE_INVALID'],
  ])('is refused for %j', async (options, code) => {
    const session = await talk()
    await expect(session.share(options as ShareOptions)).rejects.toMatchObject({ code })
    expect(await session.shares.list()).toEqual([])
  })

  it('is refused for a session that is gone', async () => {
    const session = await talk()
    await session.delete()
    await expect(session.share()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })
})
