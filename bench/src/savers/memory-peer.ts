import { MemorySaver } from '@langchain/langgraph-checkpoint'
import type { Subject } from '../subjects.ts'

export const memoryPeer: Subject = {
  name: 'MemorySaver',
  kind: 'peer',
  open: async () => {
    const saver = new MemorySaver()
    return {
      saver,
      storedBytes: async () => sizeOf(saver.storage) + sizeOf(saver.writes),
      close: async () => undefined,
    }
  },
}

/** Every serialised value in the saver's nested maps, in bytes. */
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum: number, inner) => sum + sizeOf(inner), 0)
}
