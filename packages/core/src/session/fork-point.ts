import type { Head } from '../checkpoint/branch-row.ts'
import type { CheckpointEngine } from '../checkpoint/engine.ts'
import { snapshotOf } from '../checkpoint/history-channel.ts'
import { SAVED } from '../checkpoint/layout.ts'
import type { LoadedCheckpoint } from '../checkpoint/loader.ts'
import { takeEntries } from '../checkpoint/runs.ts'
import type { NeutralMessage } from '../message/message.ts'
import { historyAt, mergeMessages } from './history.ts'
import { isOver, placeOf } from './saved-checkpoint.ts'

/** Where a fork begins: a copy of a checkpoint, what it holds otherwise, and what is behind it. */
export interface ForkPoint {
  copyOf: string
  header: unknown
  /** The history of the copy, where it is not that of the checkpoint. */
  changed: ReadonlyMap<string, unknown>
  behind: Head['appended']
  messages: number
}

interface Source {
  engine: CheckpointEngine
  session: string
}

/** The whole of what a checkpoint shows, without what is behind it. */
export async function pointAt({ engine, session }: Source, loaded: LoadedCheckpoint): Promise<ForkPoint> {
  const { length } = await historyAt(engine, session, loaded)
  return { ...copyOf(loaded), changed: new Map(), behind: { runs: [], count: 0 }, messages: length }
}

/** Where the session stood when a checkpoint was saved; undefined: there is none with this id, or the place is gone. */
export async function savedPoint({ engine, session }: Source, id: string): Promise<ForkPoint | undefined> {
  const saved = await engine.load(session, SAVED, id)
  if (!saved || isOver(saved, engine.now())) return undefined
  const place = placeOf(saved)
  const stood = await engine.load(session, '', place.id)
  return stood && { ...copyOf(stood), changed: new Map(), behind: place.appended, messages: place.messages }
}

/** The history of a head up to and including a message; undefined when it is not there. Null: up to before all of it. */
export async function pointAfter(source: Source, head: Head, message: string | null): Promise<ForkPoint | undefined> {
  const { engine, session } = source
  const loaded = await engine.load(session, '', head.id, head.appended)
  if (!loaded) return undefined
  const own = await historyAt(engine, session, loaded)
  const behind = loaded.appended.texts.map((text) => JSON.parse(text) as NeutralMessage)
  const history = mergeMessages(own, behind)
  const at = message === null ? -1 : history.findIndex(({ id }) => id === message)
  if (at < 0 && message !== null) return undefined
  const ownIds = new Set(own.map(({ id }) => id))
  const onlyAdds = behind.every(({ id }) => !ownIds.has(id))
  if (onlyAdds && at >= own.length) {
    const count = at + 1 - own.length
    const runs = takeEntries(head.appended.runs, count)
    return { ...copyOf(loaded), changed: new Map(), behind: { runs, count }, messages: at + 1 }
  }
  const shown = history.slice(0, at + 1)
  const earliest = onlyAdds && message !== null ? await earliestWith(source, loaded, message) : loaded
  return { ...copyOf(earliest), ...withHistory(earliest, shown, engine.historyChannel(session)) }
}

const copyOf = ({ id, header }: LoadedCheckpoint): Pick<ForkPoint, 'copyOf' | 'header'> => ({ copyOf: id, header })

function withHistory(
  { channels }: LoadedCheckpoint,
  shown: readonly NeutralMessage[],
  historyChannel: string,
): Pick<ForkPoint, 'changed' | 'behind' | 'messages'> {
  const snapshot = snapshotOf(historyChannel)
  const channel = Object.hasOwn(channels, snapshot) ? snapshot : historyChannel
  const held = channels[channel]
  const isSame = Array.isArray(held) && held.length === shown.length && held.every((it, i) => it === shown[i])
  return {
    changed: isSame || (shown.length === 0 && held === undefined) ? new Map() : new Map([[channel, shown]]),
    behind: { runs: [], count: 0 },
    messages: shown.length,
  }
}

/** The state of a graph as of a message is that of the first checkpoint on the way here which holds it. */
async function earliestWith(
  { engine, session }: Source,
  loaded: LoadedCheckpoint,
  message: string,
): Promise<LoadedCheckpoint> {
  let earliest = loaded
  for await (const ancestor of engine.ancestors(session, '', loaded.id)) {
    const held = ancestor.channels[engine.historyChannel(session)]
    if (!Array.isArray(held) || !held.some((it) => (it as NeutralMessage | null)?.id === message)) break
    earliest = ancestor
  }
  return earliest
}
