import type { Session, Turn } from '@everthread/core'
import type { PlainUIMessage } from '../messages/from-neutral.ts'
import { toNeutral } from '../messages/to-neutral.ts'
import { isAnswered, isToolPart, type UIMessageLike } from '../messages/ui-message.ts'
import { type Answering, knownAnswer, newAnswer } from './answering.ts'
import type { ChatSettings } from './chat-options.ts'
import { type Decision, decide } from './decide.ts'
import type { Incoming } from './incoming.ts'
import { type LastAnswer, lastAnswer, nameOf, rememberAnswer } from './last-answer.ts'
import { asTaken, chunksBeyond, chunksOf } from './replay.ts'

/** The answer to this very request that is being given, in whichever process. */
export async function answerUnderWay(
  session: Session,
  incoming: Incoming,
  settings: ChatSettings,
): Promise<Answering | undefined> {
  const last = await lastAnswer(session)
  if (!last || last.outcome !== undefined || last.request !== nameOf(incoming)) return undefined
  const running = await session.turns.running()
  if (running?.id !== last.turn) return undefined
  return knownAnswer(session, { turn: last.turn, stored: () => [], settings })
}

/** Stores what the request brings. */
export async function beginTurn(
  session: Session,
  turn: Turn,
  incoming: Incoming,
  settings: ChatSettings,
): Promise<Answering> {
  const messages = settings.memory.history(await turn.view())
  const last = await lastAnswer(turn)
  const decision = decide(incoming, { messages, tools: settings.tools, last })
  if (decision.do === 'repeat') return repeated(session, { decision, incoming, last, settings })
  const fresh: PlainUIMessage = { id: settings.generateId(), role: 'assistant', parts: [] }
  const answer = decision.do === 'continue' ? structuredClone(decision.answer) : fresh
  await takeIn(turn, decision, messages)
  const target = incoming.trigger === 'regenerate-message' ? incoming.messageId : undefined
  const { approvals } = last ?? {}
  const open = answer.parts
    .filter((part) => isToolPart(part) && !isAnswered(part))
    .map(({ toolCallId }) => String(toolCallId))
  const asked: LastAnswer = {
    ...{ id: answer.id, turn: turn.id, request: nameOf(incoming), base: answer.parts.length },
    ...(open.length > 0 && { open }),
    ...(approvals && { approvals }),
    ...(target !== undefined && { target }),
  }
  rememberAnswer(turn, asked)
  await turn.checkpoint()
  return newAnswer(session, turn, { message: answer, asked }, settings)
}

function repeated(
  session: Session,
  given: {
    decision: Extract<Decision, { do: 'repeat' }>
    incoming: Incoming
    last: LastAnswer | undefined
    settings: ChatSettings
  },
): Answering {
  const { decision, incoming, last, settings } = given
  const { answer, known } = decision
  const isLast = last?.id === answer.id && last.request === nameOf(incoming)
  const stored = () => asTaken(known === undefined ? chunksOf(answer) : chunksBeyond(answer, known), last)
  return knownAnswer(session, { turn: isLast ? last.turn : undefined, stored, settings })
}

async function takeIn(
  turn: Turn,
  decision: Exclude<Decision, { do: 'repeat' }>,
  messages: readonly PlainUIMessage[],
): Promise<void> {
  // What was said before stays on its branch.
  if (decision.do === 'branch') await turn.branch(lastPieceOf(messages[decision.keep - 1]))
  const message = decision.do === 'continue' ? decision.answer : decision.message
  if (message) turn.append(...toNeutral([message as UIMessageLike]))
}

const lastPieceOf = (message: PlainUIMessage | undefined): string | null =>
  message ? (toNeutral([message]).at(-1)?.id ?? message.id) : null
