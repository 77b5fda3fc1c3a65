import { isDeepStrictEqual } from 'node:util'
import type { AppendMessages } from '../checkpoint/append.ts'
import type { NeutralMessage } from '../message/message.ts'
import { placesOf } from './history.ts'
import type { OwnMessage } from './own-message.ts'
import type { View } from './session-content.ts'

export type AppendPlan = Pick<AppendMessages, 'messages' | 'on' | 'replaces' | 'added'>

/** Past this many runs, the messages behind the tip are written anew into a segment of their own. */
const MAX_RUNS = 64

/** For messages that the history cannot have: their ids have just been made. */
export const planNew = (own: readonly OwnMessage[]): AppendPlan => ({
  messages: own.map(({ message }) => message),
  on: undefined,
  replaces: new Map(),
  added: own.length,
})

/** By id: what the history has is left out, another version takes its place, the rest comes behind. */
export function planById(
  own: readonly OwnMessage[],
  { tip, messages: history, behind }: Pick<View, 'tip' | 'messages' | 'behind'>,
): AppendPlan {
  const ids = new Set<string | undefined>(own.map(({ message }) => message.id))
  const known = placesOf(history, ids)
  const placeBehind = placesOf(behind, ids)
  const latest = new Map(own.map((one) => [one.message.id, one]))
  const changed = [...latest.values()].filter((one) => !isSame(history[known.get(one.message.id) ?? -1], one))
  const messages = changed.map(({ message }) => message)
  const replaces = new Map<number, number>()
  for (const [i, { id }] of messages.entries()) {
    const at = placeBehind.get(id)
    if (at !== undefined) replaces.set(i, at)
  }
  const added = messages.filter(({ id }) => !known.has(id)).length
  if (replaces.size === 0 || tip.appended.runs.length <= MAX_RUNS) return { messages, on: tip, replaces, added }
  const all: NeutralMessage[] = [...behind]
  for (const [i, at] of replaces) all[at] = messages[i] as NeutralMessage
  return { messages: [...all, ...messages.filter((_, i) => !replaces.has(i))], on: tip, replaces: 'all', added }
}

function isSame(known: NeutralMessage | undefined, { message, timed }: OwnMessage): boolean {
  if (known === undefined) return false
  return isDeepStrictEqual(known, timed ? message : { ...message, createdAt: known.createdAt })
}
