import { joinKey, lastSegment, splitKey } from '../contract/key.ts'
import type { Key } from '../contract/store.ts'

/**
 * Where everything of a session stands in its partition.
 *
 * | key | value |
 * |---|---|
 * | `s` | the session row: owner, times, counters |
 * | `g` | in place of a session that was deleted, for a while: when |
 * | `preparing` | where a session is being laid down that nobody sees yet: whose doing it is |
 * | `t/<ns>/<checkpoint>` | the tip of a namespace, one row each; the key names the checkpoint |
 * | `c/<ns>/<checkpoint>` | a block of checkpoints, keyed by its first: one while it is open, many once sealed |
 * | `w/<ns>/<checkpoint>/<task>/<index>` | a pending write, until its checkpoint is sealed |
 * | `m/<segment>` | the head of a segment: its length |
 * | `m/<segment>/<first position>` | a chunk of a segment's entries |
 */
export const SESSION_KEY: Key = 's'
export const GONE_KEY: Key = 'g'
export const STAGE_KEY: Key = 'preparing'

/**
 * What goes along when a session is copied or exported. Not leases, tickets and records of turns, nor links to share.
 * Some of it is the session's own, see `session/rows.ts`.
 */
export const TAKEN_ALONG: readonly Key[] = ['b/', 'c/', 'd/', 'm/', 't/', 'v', 'w/', 'x']

/** Namespaces that begin so are the core's own: no graph's. */
export const isOwnNamespace = (namespace: string): boolean => namespace.startsWith('#')
/** Where a session's own checkpoints stand. */
export const SAVED = '#saved'

/** A namespace may be empty and a key segment may not. */
const space = (namespace: string): string => `.${namespace}`

export const tipPrefix = (namespace: string): Key => `${joinKey('t', space(namespace))}/`
export const tipKey = (namespace: string, id: string): Key => joinKey('t', space(namespace), id)
export const checkpointPrefix = (namespace?: string): Key =>
  namespace === undefined ? 'c/' : `${joinKey('c', space(namespace))}/`
export const checkpointKey = (namespace: string, id: string): Key => joinKey('c', space(namespace), id)
export const writesPrefix = (namespace: string, id?: string): Key =>
  id === undefined ? `${joinKey('w', space(namespace))}/` : `${joinKey('w', space(namespace), id)}/`
export const writeKey = (namespace: string, id: string, task: string, index: number): Key =>
  joinKey('w', space(namespace), id, task, String(index))
export const headKey = (segment: string): Key => `m/${segment}`
export const chunkPrefix = (segment: string): Key => `m/${segment}/`
export const chunkKey = (segment: string, first: number): Key => `m/${segment}/${position(first)}`

/** Fixed width, so that byte order is number order: up to 2.1 thousand million entries a segment. */
const position = (at: number): string => at.toString(36).padStart(6, '0')

export const chunkFirst = (key: Key): number => Number.parseInt(lastSegment(key), 36)
export const checkpointOf = (key: Key): string => lastSegment(key)

export function namespaceOf(key: Key): string {
  return (splitKey(key)[1] ?? '.').slice(1)
}

/** The checkpoint that a pending write's key belongs to. */
export function writeOwner(key: Key): string {
  return splitKey(key)[2] ?? ''
}
