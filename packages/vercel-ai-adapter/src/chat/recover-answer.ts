import type { Turn } from '@everthread/core'
import { fromNeutral } from '../messages/from-neutral.ts'
import { toNeutral } from '../messages/to-neutral.ts'
import { sealed } from './seal.ts'

/** Under this the session's data remembers the last answer, and in place of which one it was asked for. */
const KEY = 'chat.answer'

export interface LastAnswer {
  id: string
  target?: string
}

export async function lastAnswer(turn: Turn): Promise<LastAnswer | undefined> {
  return (await turn.data.get(KEY)) as LastAnswer | undefined
}

export const rememberAnswer = (turn: Turn, answer: LastAnswer): void => turn.data.set(KEY, answer)

/** Seals the answer of a turn whose process died: as far as its steps were stored. */
export async function recoverAnswer(turn: Turn): Promise<void> {
  const last = fromNeutral(await turn.view()).at(-1)
  const ours = await lastAnswer(turn)
  if (last?.role !== 'assistant' || last.id !== ours?.id) return
  turn.append(...toNeutral([sealed(last, 'stopped')]))
  await turn.checkpoint()
}
