import type { PutCheckpoint } from '@everthread/core'
import type { ChannelVersions, Checkpoint } from '@langchain/langgraph-checkpoint'
import { isSnapshot, snapshotOf } from '../values/langgraph.ts'

/** Marks the channel of a snapshot: its list is stored like any other, and wrapped again when it is read. */
const SNAPSHOT = '\u0000'

type Channels = Pick<PutCheckpoint, 'changed' | 'emptied' | 'carries' | 'needsParent'>

/**
 * Which channels a put stores, empties and carries over from its parent: what `newVersions` names has changed, the
 * others with a version are the parent's.
 */
export function channelsOf(
  checkpoint: Checkpoint,
  { newVersions, source, ownSerde }: { newVersions: ChannelVersions; source: string; ownSerde: boolean },
): Channels {
  const changed = new Map<string, unknown>()
  const emptied = new Set<string>()
  const values = checkpoint.channel_values ?? {}
  // A copy of a checkpoint becomes its sibling, and names no version as new: what it holds is not the parent's.
  const copied = source === 'fork' ? Object.keys(checkpoint.channel_versions ?? {}) : []
  const named = new Set([...Object.keys(newVersions), ...copied])
  for (const channel of named) {
    const has = Object.hasOwn(values, channel)
    const value = has ? values[channel] : undefined
    emptied.add(channel)
    // A delta channel without a value is what its last snapshot and the writes since make of it.
    if (has || Object.hasOwn(newVersions, channel)) emptied.add(SNAPSHOT + channel)
    if (!ownSerde && isSnapshot(value) && Array.isArray(value.value)) changed.set(SNAPSHOT + channel, value.value)
    else if (has) changed.set(channel, value)
  }
  const versions = checkpoint.channel_versions ?? {}
  const carries = (channel: string): boolean =>
    Object.hasOwn(versions, channel.startsWith(SNAPSHOT) ? channel.slice(1) : channel)
  const needsParent = Object.keys(versions).some((channel) => !named.has(channel))
  return { changed, emptied, carries, needsParent }
}

/** Wraps the lists of snapshots again. */
export function unwrapSnapshots(channels: Record<string, unknown>): void {
  for (const [channel, value] of Object.entries(channels)) {
    if (!channel.startsWith(SNAPSHOT)) continue
    delete channels[channel]
    channels[channel.slice(1)] = snapshotOf(value)
  }
}
