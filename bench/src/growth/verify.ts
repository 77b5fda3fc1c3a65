import { createHash } from 'node:crypto'
import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph-checkpoint'
import { MemorySaver } from '@langchain/langgraph-checkpoint'

export interface Verified {
  checkpoints: number
  /** Orders (0 is the newest) of checkpoints that read back differently, or are missing; the first few. */
  wrong: number[]
}

/**
 * Reads every checkpoint of a thread from `stored` and compares it with the same run on a saver that kept
 * references: values, versions, metadata, parent and pending writes, each serialised in full. The ids of the two runs
 * differ, so checkpoints are matched by their order.
 */
export async function verifyThread(
  stored: BaseCheckpointSaver,
  kept: BaseCheckpointSaver,
  threadId: string,
): Promise<Verified> {
  const config = { configurable: { thread_id: threadId } }
  const digestStored = checkpointDigest()
  const digestKept = checkpointDigest()
  const expected: string[] = []
  for await (const tuple of kept.list(config)) expected.push(await digestKept(tuple))

  const wrong = new Set<number>()
  const ids: string[] = []
  let parentOfNewer: string | undefined
  for await (const tuple of stored.list({ configurable: { ...config.configurable, checkpoint_ns: '' } })) {
    const order = ids.length
    const id: string = tuple.config.configurable?.checkpoint_id
    if ((await digestStored(tuple)) !== expected[order]) wrong.add(order)
    if (order > 0 && id !== parentOfNewer) wrong.add(order)
    parentOfNewer = tuple.parentConfig?.configurable?.checkpoint_id
    ids.push(id)
  }
  for (let order = ids.length; order < expected.length; order++) wrong.add(order)

  const step = Math.max(1, Math.floor(ids.length / 25))
  for (let order = 0; order < ids.length; order += step) {
    const tuple = await stored.getTuple({
      configurable: { thread_id: threadId, checkpoint_ns: '', checkpoint_id: ids[order] },
    })
    if (!tuple || (await digestStored(tuple)) !== expected[order]) wrong.add(order)
  }
  return { checkpoints: ids.length, wrong: [...wrong].sort((a, b) => a - b).slice(0, 10) }
}

type Digest = (tuple: CheckpointTuple) => Promise<string>

/** Serialises a message once for each object: 5,000 checkpoints of up to 4,000 messages share most of them. */
function checkpointDigest(): Digest {
  // LangGraph's own serialiser, which the peers store with.
  const { serde } = new MemorySaver()
  const known = new WeakMap<object, string>()
  const digest = async (value: unknown): Promise<string> => {
    const [type, bytes] = await serde.dumpsTyped(value)
    return createHash('sha256').update(type).update(bytes).digest('base64url')
  }
  const messageDigest = async (message: object): Promise<string> => {
    const seen = known.get(message) ?? (await digest(message))
    known.set(message, seen)
    return seen
  }
  return async ({ checkpoint, metadata, pendingWrites }) => {
    const { messages, ...values } = checkpoint.channel_values
    const parts: string[] = []
    for (const message of (messages ?? []) as object[]) parts.push(known.get(message) ?? (await messageDigest(message)))
    const writes = (pendingWrites ?? []).map(([, channel, value]) => [channel, value])
    parts.push(await digest(sorted([values, checkpoint.channel_versions, checkpoint.versions_seen, metadata])))
    parts.push(...(await Promise.all(writes.map(digest))).sort())
    return digest(parts)
  }
}

/** The same value with object keys in one order: what is compared is content, not the order of writing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
