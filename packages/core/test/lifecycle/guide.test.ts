import { readFileSync } from 'node:fs'
import { LifecycleManager, type Session, SessionManager } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { SessionScene } from '../session/scene.ts'

const guide = readFileSync(new URL('../../../../docs/guides/lifecycle.md', import.meta.url), 'utf8')
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text)

type Names = Record<string, unknown>

/** Runs a snippet with these names about it, and gives what it declares. */
async function run(snippet: string, names: Names, declares: string): Promise<unknown> {
  const work = new Function(...Object.keys(names), `return (async () => { ${snippet}\nreturn ${declares} })()`)
  return work(...Object.values(names))
}

describe('the guide to the life of sessions', () => {
  const scene = new SessionScene()
  const names = { store: scene.store, SessionManager, LifecycleManager, sessions: scene.sessions }
  const given = ['expiry', 'lifecycle.on', 'limits', 'anomaly'].map((word) =>
    snippets.find((text) => text.includes(word)),
  )

  it('has four snippets, which are shown here', () => {
    expect(snippets).toHaveLength(4)
    expect(given).not.toContain(undefined)
  })

  it('sets when sessions expire', async () => {
    const ada = (await run(given[0] ?? '', names, 'ada')) as ReturnType<SessionManager['as']>
    const kept = (await ada.list()).sessions.find(({ id }) => id === 'kept') as Session
    expect(kept.expiresAt).toBeUndefined()
    const strict = (await ada.get('strict')) as Session
    expect(strict.expiresAt).toBe(strict.createdAt + 3_600_000)
  })

  it('watches', async () => {
    const summarised: unknown[] = []
    const summarise = (id: string): void => void summarised.push(id)
    await run(given[1] ?? '', { ...names, summarise }, 'lifecycle')
    await scene.sessions.asService().create({ id: 'over', ttl: 1 })
    scene.now += 1
    await scene.sessions.sweep()
    expect(summarised).toContain('over')
  })

  it('limits', async () => {
    const sessions = (await run(given[2] ?? '', names, 'sessions')) as SessionManager
    const eve = sessions.as({ userId: 'eve' })
    for (let n = 0; n < 6; n++) await eve.create()
    expect(await eve.count({ state: 'active' })).toBe(5)
  })

  it('observes', async () => {
    const session = await scene.sessions.asService().create()
    const home = { ip: '192.0.2.1', userAgent: 'Browser', deviceId: 'phone' }
    await session.observe(home)
    let asked = 0
    const askForProof = async (): Promise<void> => void asked++
    const now = { ...home, deviceId: 'tablet' }
    const more = { session, request: { ip: now.ip }, ...now, now, askForProof }
    expect(await run(given[3] ?? '', { ...names, ...more }, 'verdict')).toBe('challenge')
    expect(asked).toBe(1)
  })
})
