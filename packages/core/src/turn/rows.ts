import { joinKey } from '../contract/key.ts'
import type { Key, Row } from '../contract/store.ts'

/**
 * Where turns stand in a session's partition.
 *
 * | key | value |
 * |---|---|
 * | `lease` | who may write; lives while it is renewed, and its revision is the fence |
 * | `running` | the record of the turn under way; outlives its lease when the holder dies |
 * | `stop` | the turn that somebody wants to end |
 * | `q/<store time + penalty>/<turn>` | a ticket of one who waits; lives while it is renewed |
 * | `u/<turn>` | the record of a turn that is over |
 * | `e/<turn>/<number>` | an event that a turn emitted |
 * | `f/<turn>/<number>` | what a turn sent to those who follow it, from this piece on |
 */
export const LEASE_KEY: Key = 'lease'
export const RUNNING_KEY: Key = 'running'
export const STOP_KEY: Key = 'stop'
export const TICKETS_PREFIX: Key = 'q/'

export const ticketKey = (sort: number, id: string): Key => joinKey('q', String(sort).padStart(16, '0'), id)
export const turnKey = (id: string): Key => joinKey('u', id)
export const eventKey = (turn: string, number: number): Key => joinKey('e', turn, String(number).padStart(6, '0'))
export const eventsPrefix = (turn: string): Key => `${joinKey('e', turn)}/`
export const streamKey = (turn: string, first: number): Key => joinKey('f', turn, String(first).padStart(9, '0'))
export const streamPrefix = (turn: string): Key => `${joinKey('f', turn)}/`

/** Records and events of turns that are over are kept for this long: 7 days. */
export const KEPT_MS: number = 7 * 24 * 3_600_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const encodeRow = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))
export const decodeRow = (row: Pick<Row, 'value'>): unknown => JSON.parse(decoder.decode(row.value))
