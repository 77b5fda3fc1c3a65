import { EverthreadError, type Session } from '@everthread/core'
import { fromNeutral, type PlainUIMessage } from '../messages/from-neutral.ts'
import { lastAnswer } from './last-answer.ts'
import { isSame } from './plain.ts'
import { marked, sealed } from './seal.ts'

export interface HistoryOptions {
  /** Whose chat it is; `null`: of nobody. */
  owner: string | null
  /** Default: the branch that is seen. */
  branch?: string
  /** At most so many, the last ones. */
  limit?: number
  /** Only those before the message with this id. */
  before?: string
}

/**
 * The messages, with a word on the answer that has no end: `metadata.outcome` is `running`, or it is sealed when its
 * process has died.
 *
 * @throws `BRANCH_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `LIST_INVALID`
 */
export async function readHistory(
  session: Session,
  { branch, limit, before }: Omit<HistoryOptions, 'owner'>,
): Promise<PlainUIMessage[]> {
  for (let known = await lastAnswer(session); ; ) {
    const messages = fromNeutral(await session.messages.list(branch === undefined ? {} : { branch }))
    const open = known && known.outcome === undefined ? messages.findIndex(({ id }) => id === known?.id) : -1
    const running = open < 0 ? undefined : await session.turns.running()
    // An answer that ends while it is read is read again.
    const last = await lastAnswer(session)
    if (isSame(last, known)) return windowOf(messages.map(markIf(open, running?.id === known?.turn)), limit, before)
    known = last
  }
}

const markIf =
  (open: number, isRunning: boolean) =>
  (message: PlainUIMessage, at: number): PlainUIMessage => {
    if (at !== open) return message
    return isRunning ? marked(message, 'running') : sealed(message, 'stopped')
  }

/** @throws `MESSAGE_NOT_FOUND`, `LIST_INVALID` */
function windowOf(messages: PlainUIMessage[], limit: number | undefined, before: string | undefined): PlainUIMessage[] {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new EverthreadError('LIST_INVALID', 'Give limit as a whole number')
  }
  const end = before === undefined ? messages.length : messages.findIndex(({ id }) => id === before)
  if (end < 0) throw new EverthreadError('MESSAGE_NOT_FOUND', 'Load the chat again: it has no message with this id')
  return messages.slice(limit === undefined ? 0 : Math.max(0, end - limit), end)
}
