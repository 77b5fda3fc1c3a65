/** Where a message comes from. The session that it belongs to follows from it, see `scopeKey`. */
export interface SessionScope {
  agentId: string
  /** `slack`, `telegram`, `web`: wherever people talk to the agent. */
  channel?: string
  /** Which of the agent's own accounts in the channel. */
  accountId?: string
  /** Who talks to the agent alone. */
  peerId?: string
  /** A group or room: it has one session, whoever speaks. Goes with a channel, and not with a peer. */
  groupId?: string
  /** A thread or topic inside the above: a session of its own. */
  threadId?: string
  /** Names the session of the scope `main`. Default: that of the options. */
  mainKey?: string
  /** The number that an older system named the session by: `(userId << 8) | offset`. Goes with `agentId` alone. */
  legacyKey?: number
}

/**
 * How far people who talk to the agent alone share a session: all of them one (`main`), or one each, however they
 * come (`per-peer`), or one in each channel, or one in each channel and account of the agent.
 */
export type DirectScope = 'main' | 'per-peer' | 'per-channel-peer' | 'per-account-channel-peer'

export interface ScopeOptions {
  /** Default `main`, whoever talks: meant for an agent of one person. */
  direct?: DirectScope
  /** Default `main`. */
  mainKey?: string
  /**
   * Several peers that are one person: `{ ada: ['telegram:4711', 'slack:U0815', 'ada@example.com'] }`. A peer is
   * named with its channel, or without one for every channel.
   */
  identities?: Record<string, readonly string[]>
}
