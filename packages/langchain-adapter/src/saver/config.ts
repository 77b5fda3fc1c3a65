import { EverthreadError } from '@everthread/core'
import type { RunnableConfig } from '@langchain/core/runnables'

/** Together they fit into a row's key. */
const NAMESPACE_BYTES = 512
const ID_BYTES = 128

/** What a run's configuration says of the place of a checkpoint. */
export interface Place {
  thread: string
  namespace: string
  /** The given checkpoint; for a put, the parent. */
  checkpoint: string | undefined
}

/**
 * @throws `THREAD_ID_MISSING`, `THREAD_ID_INVALID`, `CHECKPOINT_NS_INVALID`, `CHECKPOINT_ID_INVALID`
 */
export function placeOf(config: RunnableConfig): Place {
  const thread = threadOf(config)
  if (thread === undefined) {
    throw new EverthreadError(
      'THREAD_ID_MISSING',
      'Run the graph with { configurable: { thread_id } }: it names the session',
    )
  }
  return { thread, namespace: namespaceOf(config) ?? '', checkpoint: checkpointOf(config) }
}

/** The thread, if one is given. Numbers are accepted, as LangGraph's own savers do. */
export function threadOf(config: RunnableConfig): string | undefined {
  const id: unknown = config.configurable?.thread_id
  if (id === undefined || id === null) return undefined
  return checkThread(id)
}

export function checkThread(id: unknown): string {
  if (typeof id === 'number' && Number.isFinite(id)) return String(id)
  if (typeof id === 'string' && id !== '') return id
  throw new EverthreadError('THREAD_ID_INVALID', 'Give thread_id as a string that is not empty')
}

export function namespaceOf(config: RunnableConfig): string | undefined {
  const namespace: unknown = config.configurable?.checkpoint_ns
  if (namespace === undefined || namespace === null) return undefined
  if (typeof namespace === 'string' && Buffer.byteLength(namespace) <= NAMESPACE_BYTES) return namespace
  const message = `Give checkpoint_ns as a string of at most ${NAMESPACE_BYTES} bytes: nest fewer subgraphs, or name them shorter`
  throw new EverthreadError('CHECKPOINT_NS_INVALID', message)
}

/** `thread_ts` is an older name of `checkpoint_id`. */
export function checkpointOf(config: RunnableConfig): string | undefined {
  const id: unknown = config.configurable?.checkpoint_id || config.configurable?.thread_ts
  if (id === undefined || id === null || id === '') return undefined
  return checkId(id, 'checkpoint_id', 'CHECKPOINT_ID_INVALID')
}

/** An id within a thread. */
export function checkId(id: unknown, name: string, code: 'CHECKPOINT_ID_INVALID' | 'TASK_ID_INVALID'): string {
  if (typeof id === 'string' && id !== '' && Buffer.byteLength(id) <= ID_BYTES) return id
  throw new EverthreadError(code, `Give ${name} as a string that is not empty, of at most ${ID_BYTES} bytes`)
}

export function configOf(
  { thread, namespace }: Pick<Place, 'thread' | 'namespace'>,
  checkpoint: string,
): RunnableConfig {
  return { configurable: { thread_id: thread, checkpoint_ns: namespace, checkpoint_id: checkpoint } }
}

/** Who runs, and what the run said of the session: neither ever reaches a checkpoint's metadata. */
export function sessionOf(config: RunnableConfig): {
  userId: string | undefined
  metadata: Record<string, unknown> | undefined
} {
  const user: unknown = config.configurable?.user_id
  const userId = typeof user === 'string' || typeof user === 'number' ? String(user) : undefined
  return { userId: userId === '' ? undefined : userId, metadata: plainMetadata(config.metadata) }
}

/** What LangGraph adds to a run's metadata says nothing of the session. */
const FRAMEWORK = /^(langgraph_|checkpoint_|__pregel_|thread_id$|lc_|ls_|user_id$|run_id$|graph_id$)/

function plainMetadata(metadata: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const entries = Object.entries(metadata ?? {}).filter(([key, value]) => !FRAMEWORK.test(key) && isScalar(value))
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value) || value === null
