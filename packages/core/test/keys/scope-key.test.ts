import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DirectScope, type ScopeOptions, type SessionScope, scopeKey } from '../../src/index.ts'

const peer: SessionScope = { agentId: 'helper', channel: 'telegram', accountId: 'bot1', peerId: '4711' }

describe('the id of a scope', () => {
  it.each<[DirectScope, string]>([
    ['main', 'agent:helper:main'],
    ['per-peer', 'agent:helper:direct:4711'],
    ['per-channel-peer', 'agent:helper:telegram:direct:4711'],
    ['per-account-channel-peer', 'agent:helper:telegram:bot1:direct:4711'],
  ])('%s: %s', (direct, key) => {
    expect(scopeKey(peer, { direct })).toBe(key)
    expect(scopeKey({ ...peer, threadId: 't1' }, { direct })).toBe(`${key}:thread:t1`)
  })

  it('of main is named by the scope, by the options, or main', () => {
    expect(scopeKey({ agentId: 'helper' })).toBe('agent:helper:main')
    expect(scopeKey({ agentId: 'helper' }, { mainKey: 'work' })).toBe('agent:helper:work')
    expect(scopeKey({ agentId: 'helper', mainKey: 'home' }, { mainKey: 'work' })).toBe('agent:helper:home')
  })

  it('of a group is one, whoever speaks and however direct talk is kept', () => {
    const group = { agentId: 'helper', channel: 'slack', groupId: 'C01' }
    expect(scopeKey(group)).toBe('agent:helper:slack:group:C01')
    expect(scopeKey({ ...group, accountId: 'bot1', threadId: '7' }, { direct: 'per-peer' })).toBe(
      'agent:helper:slack:bot1:group:C01:thread:7',
    )
  })

  it('of linked peers is one, and no stranger comes into it by taking its name', () => {
    const options: ScopeOptions = { direct: 'per-peer', identities: { ada: ['telegram:4711', 'ada@example.com'] } }
    const telegram = scopeKey(peer, options)
    expect(telegram).toBe('agent:helper:person:ada')
    expect(scopeKey({ agentId: 'helper', channel: 'mail', peerId: 'ada@example.com' }, options)).toBe(telegram)
    expect(scopeKey({ ...peer, channel: 'signal' }, options)).toBe('agent:helper:direct:4711')
    expect(scopeKey({ ...peer, peerId: 'ada' }, options)).toBe('agent:helper:direct:ada')
  })

  it.each([
    ['(userId << 8) | offset', (4711 << 8) | 3, '4711:3'],
    ['a user beyond 31 bits', 2 ** 40 * 256 + 255, `${2 ** 40}:255`],
    ['one that turned negative', (0x900000 << 8) | 9, `${0x900000}:9`],
    ['zero', 0, '0:0'],
  ])('of a legacy key: %s', (_, legacyKey, tail) => {
    expect(scopeKey({ agentId: 'helper', legacyKey })).toBe(`agent:helper:legacy:${tail}`)
  })

  it.each<[string, unknown, ScopeOptions?]>([
    ['no object', null],
    ['no agent', {}],
    ['an empty agent', { agentId: '' }],
    ['a number for a peer', { agentId: 'a', peerId: 7 }],
    ['half a surrogate pair', { agentId: 'a\ud800' }],
    ['a group without its channel', { agentId: 'a', groupId: 'g' }],
    ['a group with a peer', { ...peer, groupId: 'g' }],
    ['no peer', { agentId: 'a' }, { direct: 'per-peer' }],
    ['no channel', { agentId: 'a', peerId: 'p' }, { direct: 'per-channel-peer' }],
    ['no account', { agentId: 'a', peerId: 'p', channel: 'c' }, { direct: 'per-account-channel-peer' }],
    ['a main key that names nothing', { ...peer, mainKey: 'm' }, { direct: 'per-peer' }],
    ['a legacy key with a peer', { ...peer, legacyKey: 1 }],
    ['a legacy key that is no whole number', { agentId: 'a', legacyKey: 1.5 }],
    ['a legacy key that never was 32 bits', { agentId: 'a', legacyKey: -(2 ** 40) }],
    ['what gives too long an id', { agentId: 'a'.repeat(1025) }],
  ])('is refused for %s', (_, scope, options) => {
    expect(() => scopeKey(scope as SessionScope, options)).toThrow(expect.objectContaining({ code: 'SCOPE_INVALID' }))
  })

  it.each<[string, unknown]>([
    ['a word for direct that is not known', { direct: 'per-moon' }],
    ['an empty main key', { mainKey: '' }],
    ['people without a list', { identities: { ada: 'telegram:4711' } }],
    ['a peer that is two people', { identities: { ada: ['x'], bob: ['x'] } }],
  ])('is refused for options with %s', (_, options) => {
    expect(() => scopeKey(peer, options as ScopeOptions)).toThrow(expect.objectContaining({ code: 'KEYS_INVALID' }))
  })
})

/** Texts that would reach into one another if anything were left unescaped. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', ':', '%', 'a:b', '%3A', 'direct', 'person', 'group', 'thread', 'legacy', 'main', '1'),
  fc.string({ unit: fc.constantFrom(':', '%', '3', 'A', 'a', '\u0001'), minLength: 1, maxLength: 3 }),
)

function scopeOf(...parts: (keyof SessionScope)[]): fc.Arbitrary<SessionScope> {
  const record = (names: string[]) =>
    fc.record(Object.fromEntries(names.map((part) => [part, name]))).map((scope) => scope as unknown as SessionScope)
  return fc.oneof(record(['agentId', ...parts]), record(['agentId', ...parts, 'threadId']))
}

/** Scopes that all mean another session when they differ, for each way of keeping direct talk. */
const scopes: Record<DirectScope, fc.Arbitrary<SessionScope>> = {
  main: scopeOf('mainKey'),
  'per-peer': scopeOf('peerId'),
  'per-channel-peer': scopeOf('channel', 'peerId'),
  'per-account-channel-peer': scopeOf('channel', 'accountId', 'peerId'),
}
const group = fc.oneof(scopeOf('channel', 'groupId'), scopeOf('channel', 'accountId', 'groupId'))
const legacy = fc.record({ agentId: name, legacyKey: fc.nat() })

const numRuns = process.env.EVERTHREAD_SOAK ? 50_000 : 2_000

describe.each(Object.keys(scopes) as DirectScope[])('scopes with direct talk %s', (direct) => {
  it('never share an id, unless they are the same', () => {
    const any = fc.oneof(scopes[direct], group, legacy)
    fc.assert(
      fc.property(fc.array(any, { minLength: 2, maxLength: 12 }), (all) => {
        const different = new Set(all.map((scope) => JSON.stringify(Object.entries(scope).sort())))
        expect(new Set(all.map((scope) => scopeKey(scope, { direct }))).size).toBe(different.size)
      }),
      { numRuns },
    )
  })

  it('keep people and peers apart whatever both are called', () => {
    fc.assert(
      fc.property(scopes[direct], name, fc.array(name), (scope, person, others) => {
        if (scope.peerId === undefined) return
        const linked = [scope.peerId, ...others.filter((other) => other !== scope.peerId)]
        const options = { direct, identities: { [person]: [...new Set(linked)] } }
        const stranger = { ...scope, peerId: `${person}-stranger` }
        if (linked.includes(stranger.peerId) || linked.includes(`${scope.channel}:${stranger.peerId}`)) return
        expect(scopeKey(stranger, options)).not.toBe(scopeKey(scope, options))
      }),
      { numRuns },
    )
  })
})
