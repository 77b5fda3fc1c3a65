import type { CheckpointEngine } from '../checkpoint/engine.ts'
import type { LoadedCheckpoint } from '../checkpoint/loader.ts'
import type { NeutralMessage } from '../message/message.ts'
import { isNeutralMessage } from '../message/validate.ts'

/** The channel of the root namespace that holds the history; a graph's is the same one. */
export const MESSAGES = 'messages'
/** Where a graph keeps the whole list of a channel that otherwise stores only its writes. */
export const SNAPSHOT = `\u0000${MESSAGES}`

/** The role of a message that stands for the removal of another one, of the same id. */
export const REMOVE = 'remove'
/** The id of one that removes all before it. */
const REMOVE_ALL = '__remove_all__'

/** The messages of a checkpoint, without those behind it. */
export async function historyAt(
  engine: CheckpointEngine,
  session: string,
  loaded: LoadedCheckpoint,
): Promise<readonly NeutralMessage[]> {
  const own = listOf(loaded)
  if (own) return own
  // What stores only its writes is made of those of the checkpoints before it, back to a whole list.
  const newestFirst: NeutralMessage[][] = []
  let base: readonly NeutralMessage[] = []
  for await (const ancestor of engine.ancestors(session, '', loaded.id)) {
    const written = ancestor.writes.filter(({ channel }) => channel === MESSAGES)
    for (const { value } of written.toReversed()) newestFirst.push(messagesIn(value))
    const list = listOf(ancestor)
    if (!list) continue
    base = list
    break
  }
  return mergeMessages(base, newestFirst.reverse().flat())
}

function listOf({ channels }: LoadedCheckpoint): readonly NeutralMessage[] | undefined {
  for (const channel of [MESSAGES, SNAPSHOT]) {
    if (Object.hasOwn(channels, channel)) return messagesIn(channels[channel])
  }
  return undefined
}

const messagesIn = (value: unknown): NeutralMessage[] =>
  (Array.isArray(value) ? value : [value]).filter(isNeutralMessage)

/** As a graph's reducer does: by id a message takes the place of another, or ends it; others come behind. */
export function mergeMessages(
  before: readonly NeutralMessage[],
  added: readonly NeutralMessage[],
): readonly NeutralMessage[] {
  if (added.length === 0) return before
  const merged: (NeutralMessage | undefined)[] = [...before]
  const places = new Map(before.map(({ id }, at) => [id, at]))
  for (const message of added) {
    const { id, role } = message
    const at = id === undefined ? undefined : places.get(id)
    if (role === REMOVE && id === REMOVE_ALL) {
      merged.length = 0
      places.clear()
    } else if (role === REMOVE) {
      if (at === undefined) continue
      merged[at] = undefined
      places.delete(id)
    } else if (at === undefined) {
      places.set(id, merged.length)
      merged.push(message)
    } else merged[at] = message
  }
  return merged.filter((message) => message !== undefined)
}
