import type { Extension } from '@everthread/core'
import * as checkpoint from '@langchain/langgraph-checkpoint'

type Named = { lg_name?: unknown }

const isNamed = (value: object, name: string): boolean => (value as Named).lg_name === name

/**
 * A packet to a node. It comes back as the plain `{ node, args }` that LangGraph's own serialiser gives, and that
 * the graph takes for one.
 */
export const send: Extension = {
  tag: 'send',
  test: (value) => isNamed(value, 'Send'),
  encode: (value) => {
    const { node, args, timeout } = value as { node: unknown; args: unknown; timeout?: unknown }
    return timeout === undefined ? { node, args } : { node, args, timeout }
  },
  decode: (data) => data,
}

/** The whole value of a delta channel. The class is not in the oldest versions of the peer that we take. */
const DeltaSnapshot: (new (value: unknown) => object) | undefined = Reflect.get(checkpoint, 'DeltaSnapshot')

export const isSnapshot = (value: unknown): value is { value: unknown } =>
  typeof value === 'object' && value !== null && isNamed(value, 'DeltaSnapshot')

export const snapshotOf = (value: unknown): object =>
  DeltaSnapshot ? new DeltaSnapshot(value) : { lg_name: 'DeltaSnapshot', value }

export const deltaSnapshot: Extension = {
  tag: 'delta_snapshot',
  test: (value) => isNamed(value, 'DeltaSnapshot'),
  encode: (value) => (value as { value: unknown }).value,
  decode: snapshotOf,
}
