import { type Appended, NONE_APPENDED } from './appended.ts'
import type { Head } from './branch-row.ts'
import type { Desk } from './desk.ts'
import { runsOf } from './ref.ts'
import type { Run } from './runs.ts'

/** Where the messages of a head stand, without the messages. */
export interface HistoryRuns {
  /** Undefined: the checkpoint does not name them itself, and those before it may. */
  own: readonly Run[] | undefined
  behind: Appended
}

/** Of the tip, or of a head; undefined: there is none. */
export async function historyRuns(desk: Desk, head?: Head): Promise<HistoryRuns | undefined> {
  const { reader, thread } = desk
  const item = head ? await reader.at(thread, '', head.id) : await reader.tip(thread, '')
  if (!item) return undefined
  const ref = item.record.refs.get(desk.historyChannel ?? '')
  const list = ref === undefined ? undefined : runsOf(ref)
  const isFirst = item.record.parentId === undefined && item.record.refs.size === 0
  return {
    own: list?.shape === 'h' ? list.runs : isFirst ? [] : undefined,
    behind: head?.appended ?? item.appended ?? NONE_APPENDED,
  }
}

/** What a channel of a checkpoint refers to. */
export async function runsAt(
  { reader, thread }: Desk,
  { namespace, id, channel }: { namespace: string; id: string; channel: string },
): Promise<readonly Run[]> {
  const ref = (await reader.at(thread, namespace, id))?.record.refs.get(channel)
  return (ref === undefined ? undefined : runsOf(ref)?.runs) ?? []
}

/** The text of entries, a few at a time. */
export async function* entriesOf({ reader, thread }: Desk, runs: readonly Run[], page: number): AsyncGenerator<string> {
  for (const { segment, from, to } of runs) {
    for (let at = from; at < to; at += page) {
      const part = { segment, from: at, to: Math.min(to, at + page) }
      const table = await reader.entries(thread, [[part]])
      for (let position = part.from; position < part.to; position++) yield table.text(segment, position)
    }
  }
}
