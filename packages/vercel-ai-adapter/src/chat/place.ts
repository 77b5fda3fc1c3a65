import { PLACE_HEADER } from '../client/place-header.ts'
import { refused } from './incoming.ts'

/** Where in an answer's stream a client is. */
export interface Place {
  turn: string
  /** How many of the turn's chunks it has; below 0: so many of those before are to come. */
  at: number
}

export const placeText = ({ turn, at }: Place): string => `${turn}.${at}`

/** @throws `CHAT_REQUEST_INVALID` */
export function placeOf(text: string): Place {
  const [, turn, at] = /^(.{1,300})\.(-?\d{1,9})$/.exec(text) ?? []
  if (turn !== undefined) return { turn, at: Number(at) }
  throw refused('CHAT_REQUEST_INVALID', `Send after as "${PLACE_HEADER}" tells it: the turn, a dot, and a number`)
}
