import { EverthreadError, type Extension, type LoadedCheckpoint } from '@everthread/core'
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint'

/** A value as the user's own serde has written it: ordinary bytes to us. */
export class Dumped {
  readonly type: string
  readonly bytes: Uint8Array

  constructor(type: string, bytes: Uint8Array) {
    this.type = type
    this.bytes = bytes
  }
}

export const dumpedExtension: Extension = {
  tag: 'serde',
  test: (value) => value instanceof Dumped,
  encode: (value) => (value instanceof Dumped ? [value.type, value.bytes] : undefined),
  decode: (data) => {
    const [type, bytes] = data as [string, Uint8Array]
    return new Dumped(type, bytes)
  },
}

/** For a saver without a serde: what one with a serde wrote is not for it. */
export const refusedDumped: Extension = {
  ...dumpedExtension,
  test: () => false,
  decode: () => {
    throw new EverthreadError('SERDE_MISMATCH', 'A saver with a serde wrote this thread: give this one the same serde')
  },
}

export async function dump(serde: SerializerProtocol, value: unknown): Promise<Dumped> {
  const [type, bytes] = await serde.dumpsTyped(value)
  return new Dumped(type, bytes)
}

export async function undump(serde: SerializerProtocol, value: unknown): Promise<unknown> {
  return value instanceof Dumped ? serde.loadsTyped(value.type, value.bytes) : value
}

/** The values of channels. */
export async function dumpAll(
  serde: SerializerProtocol,
  values: ReadonlyMap<string, unknown>,
): Promise<Map<string, unknown>> {
  const entries = [...values].map(async ([channel, value]) => [channel, await dump(serde, value)] as const)
  return new Map(await Promise.all(entries))
}

/** In place. */
export async function undumpAll(
  serde: SerializerProtocol,
  { channels, writes }: Pick<LoadedCheckpoint, 'channels' | 'writes'>,
): Promise<void> {
  for (const [channel, value] of Object.entries(channels)) channels[channel] = await undump(serde, value)
  for (const write of writes) write.value = await undump(serde, write.value)
}
