import { createSerialiser, EverthreadError, type IndexEntry, type Row } from '@everthread/core'
import type { CookieData } from '../cookie/cookie.ts'
import { ALL_SESSIONS, sessionsOf } from './layout.ts'

/** Who is logged in, since when (ms), and from where. */
export interface Login {
  userId: string
  at: number
  device?: string | undefined
  address?: string | undefined
}

/** What a session keeps about itself. */
export interface Meta {
  kind: 'web'
  /** Store time, ms. Missing while the row is as it was first written: then its revision tells. */
  createdAt?: number | undefined
  cookie: Omit<CookieData, 'expires'>
  login?: Login | undefined
  /** Whose the chats are that were made before a login. */
  guest?: string | undefined
}

const { stringify, parse } = createSerialiser()

export function encodeMeta(meta: Meta): string {
  return stringify(meta, 'meta')
}

/** @throws `WEB_SESSION_CORRUPT` */
export function decodeMeta(row: Row, text: string): Meta {
  const meta = parse(text) as Meta
  if (meta?.kind !== 'web' || typeof meta.cookie !== 'object') {
    throw new EverthreadError('WEB_SESSION_CORRUPT', 'A web session does not read as one: log the user in again')
  }
  // Revisions begin at the store's time in microseconds.
  return { ...meta, createdAt: meta.createdAt ?? Math.floor(row.rev / 1000) }
}

/** The complete set of a session's index entries, in the order they were made. */
export function indexOf({ login }: Pick<Meta, 'login'>, madeAt: number): IndexEntry[] {
  const sort = String(Math.floor(madeAt)).padStart(15, '0')
  const all: IndexEntry = { index: ALL_SESSIONS, sort }
  return login ? [all, { index: sessionsOf(login.userId), sort }] : [all]
}
