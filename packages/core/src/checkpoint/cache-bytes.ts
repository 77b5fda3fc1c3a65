import { getHeapStatistics } from 'node:v8'

const MOST = 64 * 1024 * 1024
/** Of the heap: a text takes one or two bytes a character, and what is decoded of it stands beside it. */
const SHARE = 1 / 8

/**
 * About how much text to keep where nobody says: 64 MiB, or an eighth of what the heap may take where that is less. V8
 * goes by the memory of the machine or of the container, or by `--max-old-space-size`.
 */
export const defaultCacheBytes = (heapLimit: number = getHeapStatistics().heap_size_limit): number =>
  Math.min(MOST, Math.floor(heapLimit * SHARE))
