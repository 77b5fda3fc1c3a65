import type { LoadedCheckpoint } from '@everthread/core'
import { type Checkpoint, maxChannelVersion, TASKS } from '@langchain/langgraph-checkpoint'

/** Checkpoints of a format before this kept their tasks as pending writes of the parent. */
const TASKS_IN_CHANNEL = 4

export const needsPendingSends = (checkpoint: Checkpoint, parentId: string | undefined): boolean =>
  checkpoint.v < TASKS_IN_CHANNEL && parentId !== undefined

export function migratePendingSends(
  checkpoint: Checkpoint,
  parent: LoadedCheckpoint | undefined,
  nextVersion: number,
): void {
  const sends = (parent?.writes ?? []).filter(({ channel }) => channel === TASKS).map(({ value }) => value)
  const versions = Object.values(checkpoint.channel_versions)
  checkpoint.channel_values[TASKS] = sends
  checkpoint.channel_versions[TASKS] = versions.length > 0 ? maxChannelVersion(...versions) : nextVersion
}
