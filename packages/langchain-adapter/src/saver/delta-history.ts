import type { LoadedCheckpoint } from '@everthread/core'
import type { CheckpointPendingWrite, DeltaChannelHistory } from '@langchain/langgraph-checkpoint'
import { unwrapSnapshots } from './channels.ts'

/**
 * What channels hold that store only their writes: from each checkpoint before the given one back to the nearest
 * that holds a value, its writes, oldest first.
 *
 * @param ancestors - nearest first
 */
export async function deltaHistory(
  ancestors: AsyncIterable<LoadedCheckpoint> | Iterable<LoadedCheckpoint>,
  channels: string[],
  revive: (value: unknown) => Promise<unknown>,
): Promise<Record<string, DeltaChannelHistory>> {
  const newestFirst = new Map<string, CheckpointPendingWrite[]>(channels.map((channel) => [channel, []]))
  const seeds = new Map<string, unknown>()
  if (channels.length > 0) {
    for await (const ancestor of ancestors) {
      unwrapSnapshots(ancestor.channels)
      for (const { task, channel, value } of ancestor.writes.toReversed()) {
        if (!seeds.has(channel)) newestFirst.get(channel)?.push([task, channel, await revive(value)])
      }
      for (const channel of channels) {
        if (seeds.has(channel) || !Object.hasOwn(ancestor.channels, channel)) continue
        seeds.set(channel, await revive(ancestor.channels[channel]))
      }
      if (seeds.size === channels.length) break
    }
  }
  const history: Record<string, DeltaChannelHistory> = {}
  for (const [channel, writes] of newestFirst) {
    history[channel] = { writes: writes.reverse(), ...(seeds.has(channel) ? { seed: seeds.get(channel) } : {}) }
  }
  return history
}
