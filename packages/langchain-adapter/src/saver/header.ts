import type { LoadedCheckpoint } from '@everthread/core'
import type { ChannelVersions, Checkpoint, CheckpointMetadata } from '@langchain/langgraph-checkpoint'

/** The part of a LangGraph checkpoint that is not channel values. Short names: there is one for every superstep. */
export interface Header {
  v: number
  ts: string
  /** Channel versions. */
  cv: ChannelVersions
  /** Versions seen, by node. */
  vs: Checkpoint['versions_seen']
  /** Metadata, exactly as it was put. */
  md: CheckpointMetadata
}

export function headerOf(checkpoint: Checkpoint, metadata: CheckpointMetadata): Header {
  return {
    v: checkpoint.v,
    ts: checkpoint.ts,
    cv: checkpoint.channel_versions,
    vs: checkpoint.versions_seen,
    md: metadata,
  }
}

/** For a checkpoint that no graph has put: every channel is at its first version, and nobody has seen it. A run begins after it. */
function blank({ channels }: LoadedCheckpoint): Header {
  const cv = Object.fromEntries(Object.keys(channels).map((channel) => [channel, 1]))
  return { v: 4, ts: new Date(0).toISOString(), cv, vs: {}, md: { source: 'update', step: -2, parents: {} } }
}

export function checkpointFrom(loaded: LoadedCheckpoint): { checkpoint: Checkpoint; metadata: CheckpointMetadata } {
  const { v, ts, cv, vs, md } = { ...blank(loaded), ...(loaded.header as Partial<Header>) }
  const checkpoint: Checkpoint = {
    v,
    id: loaded.id,
    ts,
    channel_values: loaded.channels,
    channel_versions: cv,
    versions_seen: vs,
  }
  return { checkpoint, metadata: md }
}
