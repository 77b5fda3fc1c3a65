import type { NeutralMessage } from '../message/message.ts'
import type { ResetRule } from '../reset/reset-policy.ts'
import type { TurnDesk } from '../turn/desk.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionFacts } from './session-facts.ts'
import type { SessionLife } from './session-life.ts'

/** A session at a glance. */
export interface SessionStatus {
  /** In the history as it is seen. */
  messageCount: number
  toolCallCount: number
  /** Store time, ms since the epoch. */
  createdAt: number
  updatedAt: number
  /** Of the history as it is seen: what stands for it after compactions. */
  estimatedTokens: number
  /** Of the session's settings: `maxMessages`. */
  maxMessages: number | undefined
  /** When it begins anew by itself, with the next message. */
  resetPolicy: ResetRule
  title: string | undefined
  /** Store time in ms; undefined: not by itself. */
  expiresAt: number | undefined
  /** Compactions that were made and not taken back. */
  compactions: number
}

export async function statusOf(
  desk: TurnDesk,
  { facts, context, life }: { facts: SessionFacts; context: SessionContext; life: SessionLife },
): Promise<SessionStatus> {
  const [{ messages }, { tokens }, compactions] = await Promise.all([
    desk.content.view(),
    context.inspect(),
    context.compactions(),
  ])
  const { row } = facts
  const { maxMessages } = row?.settings ?? {}
  return {
    messageCount: messages.length,
    toolCallCount: messages.reduce((sum, message) => sum + callsIn(message), 0),
    createdAt: row?.createdAt ?? 0,
    updatedAt: row?.lastActiveAt ?? 0,
    estimatedTokens: tokens,
    maxMessages: typeof maxMessages === 'number' ? maxMessages : undefined,
    resetPolicy: life.resetPolicy,
    title: row?.title,
    expiresAt: facts.expiresAt,
    compactions: compactions.filter(({ active }) => active).length,
  }
}

const callsIn = ({ parts }: NeutralMessage): number => parts.filter(({ type }) => type === 'tool_call').length
