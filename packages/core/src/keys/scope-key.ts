import { EverthreadError } from '../errors.ts'
import { SESSION_ID_BYTES } from '../session/session-id.ts'
import { fromLegacyKey } from './legacy-key.ts'
import type { DirectScope, ScopeOptions, SessionScope } from './scope.ts'

const DIRECT: readonly DirectScope[] = ['main', 'per-peer', 'per-channel-peer', 'per-account-channel-peer']
const NAMES = ['agentId', 'channel', 'accountId', 'peerId', 'groupId', 'threadId', 'mainKey'] as const

/**
 * The id of the session that a scope belongs to: the same for the same scope, another for every other.
 *
 * | scope | id |
 * |---|---|
 * | `main` | `agent:<agentId>:<mainKey>` |
 * | `per-peer` | `agent:<agentId>:direct:<peerId>` |
 * | `per-channel-peer` | `agent:<agentId>:<channel>:direct:<peerId>` |
 * | `per-account-channel-peer` | `agent:<agentId>:<channel>:<accountId>:direct:<peerId>` |
 * | a group | `agent:<agentId>:<channel>:group:<groupId>`, or with `<accountId>` after the channel |
 * | a person of `identities` | `person:<name>` in the place of `direct:<peerId>` |
 * | a thread in any of them | the same, and `:thread:<threadId>` |
 * | a legacy key | `agent:<agentId>:legacy:<userId>:<offset>` |
 *
 * In a part, `%`, `:` and control characters are written as `%XX`.
 *
 * @throws `SCOPE_INVALID`, `KEYS_INVALID` for options that are wrong
 */
export function scopeKey(scope: SessionScope, options: ScopeOptions = {}): string {
  checkScopeOptions(options)
  checkScope(scope)
  const key = ['agent', ...partsOf(scope, options)].map(escapePart).join(':')
  if (Buffer.byteLength(key) > SESSION_ID_BYTES) refuse(`the id made of it is longer than ${SESSION_ID_BYTES} bytes`)
  return key
}

/** @throws `KEYS_INVALID` */
export function checkScopeOptions(options: ScopeOptions): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) wrongOptions('they must be an object')
  const { direct = 'main', mainKey, identities = {}, ...more } = options
  const unknown = Object.keys(more)[0]
  if (unknown !== undefined) wrongOptions(`"${unknown.slice(0, 40)}" is none of them`)
  if (!DIRECT.includes(direct)) wrongOptions(`direct must be one of ${DIRECT.join(', ')}`)
  if (mainKey !== undefined && !isName(mainKey)) wrongOptions('mainKey must be a text that is not empty')
  const seen = new Set<string>()
  if (typeof identities !== 'object' || identities === null) wrongOptions('identities must be an object')
  for (const [person, peers] of Object.entries(identities)) {
    if (!isName(person) || !Array.isArray(peers) || !peers.every(isName)) {
      wrongOptions('identities must name a list of peers for each person')
    }
    for (const peer of peers) {
      if (seen.has(peer)) wrongOptions(`the peer "${peer}" may be one person only`)
      seen.add(peer)
    }
  }
}

function checkScope(scope: SessionScope): void {
  if (typeof scope !== 'object' || scope === null) refuse('it must be an object with an agentId')
  for (const name of NAMES) {
    if (scope[name] !== undefined && !isName(scope[name])) refuse(`${name} must be a text that is not empty`)
  }
  const known: readonly string[] = [...NAMES, 'legacyKey']
  const unknown = Object.keys(scope).find((name) => !known.includes(name))
  if (unknown !== undefined) refuse(`"${unknown.slice(0, 40)}" is no part of it`)
  if (scope.agentId === undefined) refuse('it needs an agentId')
  if (scope.legacyKey === undefined) return
  if (NAMES.some((name) => name !== 'agentId' && scope[name] !== undefined)) {
    refuse('a legacyKey goes with an agentId and nothing else')
  }
}

function partsOf(scope: SessionScope, options: ScopeOptions): string[] {
  const { agentId, threadId, legacyKey } = scope
  if (legacyKey !== undefined) {
    const { userId, offset } = fromLegacyKey(legacyKey)
    return [agentId, 'legacy', String(userId), String(offset)]
  }
  const within = scope.groupId === undefined ? directParts(scope, options) : groupParts(scope, scope.groupId)
  return [agentId, ...within, ...(threadId === undefined ? [] : ['thread', threadId])]
}

function groupParts({ channel, accountId, peerId }: SessionScope, groupId: string): string[] {
  if (peerId !== undefined) refuse('a group has one session: leave peerId out')
  if (channel === undefined) refuse('a group needs its channel')
  return [channel, ...(accountId === undefined ? [] : [accountId]), 'group', groupId]
}

function directParts(scope: SessionScope, options: ScopeOptions): string[] {
  const { channel, accountId, peerId, mainKey = options.mainKey ?? 'main' } = scope
  const { direct = 'main' } = options
  if (direct === 'main') return [mainKey]
  if (scope.mainKey !== undefined) refuse(`mainKey names nothing when sessions are ${direct}`)
  if (peerId === undefined) refuse(`sessions are ${direct}: it needs a peerId`)
  const who = whoIs(peerId, channel, options.identities ?? {})
  if (direct === 'per-peer') return who
  if (channel === undefined) refuse(`sessions are ${direct}: it needs a channel`)
  if (direct === 'per-channel-peer') return [channel, ...who]
  if (accountId === undefined) refuse(`sessions are ${direct}: it needs an accountId`)
  return [channel, accountId, ...who]
}

/** A person has a word of its own: else any peer who takes that name would come into the person's session. */
function whoIs(peer: string, channel: string | undefined, identities: Record<string, readonly string[]>): string[] {
  const people = Object.entries(identities)
  const find = (name: string): string | undefined => people.find(([, peers]) => peers.includes(name))?.[0]
  const person = (channel === undefined ? undefined : find(`${channel}:${peer}`)) ?? find(peer)
  return person === undefined ? ['direct', peer] : ['person', person]
}

const escapePart = (part: string): string =>
  part.replace(/[%:\u0000-\u001f\u007f]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.isWellFormed()

function refuse(problem: string): never {
  throw new EverthreadError('SCOPE_INVALID', `Correct the scope: ${problem}`)
}

function wrongOptions(problem: string): never {
  throw new EverthreadError('KEYS_INVALID', `Correct the keys of the manager: ${problem}`)
}
