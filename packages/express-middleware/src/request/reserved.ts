import { EverthreadError } from '@everthread/core'
import { Session } from './session.ts'

/** Names that are ours on a session: what it can do, and what it is made of. */
export function isReserved(name: string): boolean {
  return name === 'cookie' || name === 'req' || name === 'id' || name in Session.prototype
}

/** @throws `SESSION_KEY_RESERVED` */
export function refuseReserved(name: string): void {
  if (!isReserved(name)) return
  throw new EverthreadError('SESSION_KEY_RESERVED', `Store it under another name: "${name}" is a session's own`)
}
