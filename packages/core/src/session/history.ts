import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { snapshotOf } from '../checkpoint/history-channel.ts'
import type { LoadedCheckpoint } from '../checkpoint/loader.ts'
import type { NeutralMessage } from '../message/message.ts'
import { isNeutralMessage } from '../message/validate.ts'

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
  const channel = engine.historyChannel(session)
  const own = listIn(loaded, channel)
  if (own) return own
  if (loaded.parentId === undefined) return []
  // What stores only its writes is made of those of the checkpoints before it, back to a whole list.
  const newestFirst: NeutralMessage[][] = []
  let base: readonly NeutralMessage[] = []
  for await (const ancestor of engine.ancestors(session, '', loaded.id)) {
    const written = ancestor.writes.filter((write) => write.channel === channel)
    for (const { value } of written.toReversed()) newestFirst.push(messagesIn(value))
    const list = listIn(ancestor, channel)
    if (!list) continue
    base = list
    break
  }
  return mergeMessages(base, newestFirst.reverse().flat())
}

function listIn({ channels }: LoadedCheckpoint, channel: string): readonly NeutralMessage[] | undefined {
  for (const name of listsOf(channel)) {
    if (Object.hasOwn(channels, name)) return messagesIn(channels[name])
  }
  return undefined
}

const listsOf = (channel: string): string[] => [channel, snapshotOf(channel)]

/** Whether a checkpoint alone says what the history is, not also the writes of those before it. */
export const isWhole = ({ parentId, channels }: LoadedCheckpoint, channel: string): boolean =>
  parentId === undefined || listsOf(channel).some((name) => Object.hasOwn(channels, name))

const messagesIn = (value: unknown): NeutralMessage[] =>
  (Array.isArray(value) ? value : [value]).filter(isNeutralMessage)

/** As a graph's reducer does: by id a message takes the place of another, or ends it; others come behind. */
export function mergeMessages(
  before: readonly NeutralMessage[],
  added: readonly NeutralMessage[],
): readonly NeutralMessage[] {
  if (added.length === 0) return before
  const merged: (NeutralMessage | undefined)[] = [...before]
  const places = placesOf(before, new Set(added.map(({ id }) => id)))
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

/** Where messages of these ids stand, the last of each: mostly those of a few in a long list. */
export function placesOf(
  messages: readonly NeutralMessage[],
  ids: ReadonlySet<string | undefined>,
): Map<string | undefined, number> {
  const places = new Map<string | undefined, number>()
  // To compare with a few is much quicker than to look into a set.
  const few = ids.size <= 4 ? [...ids] : undefined
  for (let at = 0; at < messages.length; at++) {
    const { id } = messages[at] as NeutralMessage
    if (few ? few.includes(id) : ids.has(id)) places.set(id, at)
  }
  return places
}
