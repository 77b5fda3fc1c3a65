import { type AnomalyOptions, LifecycleManager, type Observation } from '@everthread/core'
import { describe, expect, it } from 'vitest'
import { MINUTE, Scene } from './scene.ts'
import { subjects } from './subjects.ts'

const home: Observation = { ip: '192.0.2.17', userAgent: 'Browser/1', deviceId: 'phone' }

describe.each(subjects)('where a session is used from, on $name,', (subject) => {
  const scene = Scene.on(subject)
  const observed = async (anomaly?: AnomalyOptions) => {
    const sessions = scene.manager()
    new LifecycleManager({ sessions, ...(anomaly ? { anomaly } : {}) })
    const session = await sessions.as({ userId: 'ada' }).create({ id: 'chat' })
    expect(await session.observe(home)).toEqual({ verdict: 'allow', changed: [] })
    scene.heard()
    return session
  }

  it.each<[string, Observation, number, string[]]>([
    ['from the same place', home, MINUTE, []],
    ['from the same network', { ...home, ip: '192.0.2.99' }, MINUTE, []],
    ['from another network, at once', { ...home, ip: '198.51.100.1' }, MINUTE, ['ip']],
    ['from another network, later', { ...home, ip: '198.51.100.1' }, 10 * MINUTE, []],
    ['by another device', { ...home, deviceId: 'tablet' }, 100 * MINUTE, ['deviceId']],
    ['by another user agent', { ...home, userAgent: 'curl' }, 100 * MINUTE, ['userAgent']],
    [
      'by all that is other',
      { ip: '2001:db8::1', userAgent: 'curl', deviceId: 'x' },
      1,
      ['ip', 'userAgent', 'deviceId'],
    ],
    ['from where nothing is known', {}, MINUTE, []],
  ])('%s', async (_, next, after, changed) => {
    const session = await observed()
    scene.now += after
    expect(await session.observe(next)).toEqual({ verdict: 'allow', changed })
    expect(scene.heard()).toEqual(changed.length > 0 ? ['anomaly'] : [])
    expect(await session.observe(next)).toEqual({ verdict: 'allow', changed: [] })
  })

  it.each([
    ['::ffff:192.0.2.99', '192.0.2.1'],
    ['2001:db8:0:1::5', '2001:DB8::1:0:0:0:9'],
    ['fe80::1%eth0', 'fe80::2'],
  ])('is one network for %s and %s', async (first, second) => {
    const session = await observed()
    await session.observe({ ip: first }, { verified: true })
    expect((await session.observe({ ip: second })).changed).toEqual([])
  })

  it('is challenged until the user has proved who it is', async () => {
    const session = await observed({ policy: 'challenge' })
    const stranger = { ...home, deviceId: 'tablet' }
    const challenged = { verdict: 'challenge', changed: ['deviceId'] }
    expect(await session.observe(stranger)).toEqual(challenged)
    expect(await session.observe(stranger)).toEqual(challenged)
    expect(await session.observe(stranger, { verified: true })).toEqual({ verdict: 'allow', changed: [] })
    expect(await session.observe(stranger)).toEqual({ verdict: 'allow', changed: [] })
    expect(scene.heard()).toEqual(['anomaly', 'anomaly'])
  })

  it('ends the session when the policy says so, and nothing more is taken in', async () => {
    const policy = ({ detail }: { detail?: Record<string, unknown> }) =>
      String(detail?.changed).includes('deviceId') ? ('end' as const) : ('allow' as const)
    const session = await observed({ policy })
    expect((await session.observe({ ...home, deviceId: 'tablet' })).verdict).toBe('end')
    expect(session.state).toBe('expired')
    expect(scene.heard()).toEqual(['anomaly', 'expired'])
    const said = { role: 'user', parts: [] }
    await expect(session.messages.append(said)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' })
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no'))],
    ['gives nonsense', () => 'maybe' as never],
  ])('is challenged when the policy %s, which is told', async (_, policy) => {
    const session = await observed({ policy })
    expect((await session.observe({ ...home, deviceId: 'tablet' })).verdict).toBe('challenge')
    expect(scene.heard()).toEqual(['error ANOMALY_POLICY_FAILED', 'anomaly'])
  })

  it('is written only when it is news, and holds no address', async () => {
    const session = await observed()
    const { revision } = session
    await session.observe(home)
    expect(session.revision).toBe(revision)
    scene.now += MINUTE
    await session.observe(home)
    expect(session.revision).toBeGreaterThan(revision)
    const { rows } = await scene.store.read({ tenant: scene.tenant, id: 'chat' }, [{ get: ['s'] }])
    expect(new TextDecoder().decode(rows[0]?.[0]?.value)).not.toMatch(/192|Browser|phone/)
  })

  it.each([
    null,
    'here',
    [],
    { ip: 'here' },
    { ip: 5 },
    { ip: '999.1.1.1' },
    { userAgent: '' },
    { deviceId: 'x'.repeat(3_000) },
    { place: 'home' },
  ])('is refused as %j', async (given) => {
    const session = await observed()
    await expect(session.observe(given as Observation)).rejects.toMatchObject({ code: 'OBSERVATION_INVALID' })
  })
})
