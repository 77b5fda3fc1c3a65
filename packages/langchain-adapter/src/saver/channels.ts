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
export function channelsOf(checkpoint: Checkpoint, newVersions: ChannelVersions, ownSerde: boolean): Channels {
  const changed = new Map<string, unknown>()
  const emptied = new Set<string>()
  const values = checkpoint.channel_values ?? {}
  for (const channel of Object.keys(newVersions)) {
    const value = Object.hasOwn(values, channel) ? values[channel] : undefined
    const snapshot = !ownSerde && isSnapshot(value) && Array.isArray(value.value)
    emptied.add(channel)
    emptied.add(SNAPSHOT + channel)
    if (snapshot) changed.set(SNAPSHOT + channel, value.value)
    else if (Object.hasOwn(values, channel)) changed.set(channel, value)
  }
  const versions = checkpoint.channel_versions ?? {}
  const carries = (channel: string): boolean =>
    Object.hasOwn(versions, channel.startsWith(SNAPSHOT) ? channel.slice(1) : channel)
  const needsParent = Object.keys(versions).some((channel) => !Object.hasOwn(newVersions, channel))
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
