import { joinKey } from '../contract/key.ts'
import type { Key } from '../contract/store.ts'

/**
 * Where a session's own rows stand, beside those of its checkpoints and of its turns.
 *
 * | key | value |
 * |---|---|
 * | `v` | the view: the current branch, and the generation of the data |
 * | `v/<number>` | a change of the view, with what was before |
 * | `b/<name>` | a branch: what it was made from, and where it stands while it is not the current one |
 * | `d/<generation>/<key>` | a value of the data |
 * | `k/<commit id>` | that messages were appended under this id |
 * | `turns` | how many turns there have been, where checkpoints are saved by that |
 * | `x`, `x/…` | how the context is made of the history, see `context-rows.ts` |
 */
export const VIEW_KEY: Key = 'v'
export const TURNS_KEY: Key = 'turns'
export const dataPrefix = (generation: string): Key => `${joinKey('d', generation)}/`
export const dataKey = (generation: string, key: string): Key => joinKey('d', generation, key)
export const commitKey = (id: string): Key => joinKey('k', id)

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const encodeText = (text: string): Uint8Array => encoder.encode(text)
export const decodeText = (row: { value: Uint8Array }): string => decoder.decode(row.value)
