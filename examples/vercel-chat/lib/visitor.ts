import { randomUUID } from 'node:crypto'
import { EverthreadError } from '@everthread/core'

const NAME = 'ferry-visitor'

/**
 * Whose chats they are. Here each browser is somebody of its own, by a cookie that nobody can guess: put your login in
 * its place.
 *
 * @throws `VISITOR_UNKNOWN`
 */
export function visitorOf(cookies: string | null | undefined): string {
  const visitor = knownVisitor(cookies)
  if (visitor !== undefined) return visitor
  throw new EverthreadError('VISITOR_UNKNOWN', 'Load the page again: your browser sent no cookie')
}

/** For the page: what makes a new visitor known; undefined for one who is. */
export function cookieFor(cookies: string | null | undefined): string | undefined {
  if (knownVisitor(cookies) !== undefined) return undefined
  return `${NAME}=${randomUUID()}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`
}

function knownVisitor(cookies: string | null | undefined): string | undefined {
  return /(?:^|; )ferry-visitor=([0-9a-f-]{36})(?:;|$)/.exec(cookies ?? '')?.[1]
}
