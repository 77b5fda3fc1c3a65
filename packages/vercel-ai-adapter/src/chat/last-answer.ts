import { createHash } from 'node:crypto'
import type { Session, Turn } from '@everthread/core'
import { fromNeutral } from '../messages/from-neutral.ts'
import { toNeutral } from '../messages/to-neutral.ts'
import type { Outcome } from './answer.ts'
import type { Incoming } from './incoming.ts'
import { sealed } from './seal.ts'

/** Under this the session's data tells of the last answer. */
const KEY = 'chat.answer'

/** What is known of the last answer that was asked for. */
export interface LastAnswer {
  /** Of its message. */
  id: string
  /** The turn that gives it. */
  turn: string
  /** The request that it answers, by {@link nameOf}. */
  request: string
  /** How many parts its message had before this turn: of an answer that went on. */
  base: number
  /** The calls in those parts that nothing had answered. */
  open?: string[]
  /** In place of which one it was asked for. */
  target?: string
  /** The chat is answered by `ai` 7, whose clients take chunks of approvals that were given; those of 6 break off at them. */
  approvals?: true
  /** Not there until it has ended. */
  outcome?: Outcome
}

/** The same for the same request only. */
export function nameOf({ trigger, messageId, message }: Incoming): string {
  return createHash('sha256')
    .update(JSON.stringify([trigger, messageId ?? null, message ?? null]))
    .digest('base64url')
}

export async function lastAnswer(from: Pick<Session | Turn, 'data'>): Promise<LastAnswer | undefined> {
  return (await from.data.get(KEY)) as LastAnswer | undefined
}

export const rememberAnswer = (turn: Turn, answer: LastAnswer): void => turn.data.set(KEY, answer)

/** Seals the answer of a turn whose process died: as far as its steps were stored. */
export async function recoverAnswer(turn: Turn): Promise<void> {
  const last = fromNeutral(await turn.view()).at(-1)
  const ours = await lastAnswer(turn)
  if (!ours || ours.outcome !== undefined || last?.role !== 'assistant' || last.id !== ours.id) return
  turn.append(...toNeutral([sealed(last, 'stopped')]))
  rememberAnswer(turn, { ...ours, outcome: 'stopped' })
  await turn.checkpoint()
}
