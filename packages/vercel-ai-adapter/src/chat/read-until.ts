import type { Chunk } from './answer.ts'

/** Ends of streams: told to the client only once the answer is stored. */
export const isEnd = ({ type }: Chunk): boolean => type === 'finish' || type === 'abort'

/** What comes until the stream ends, or the signal aborts: then the stream is let go. */
export async function* readUntil(chunks: ReadableStream<Chunk>, signal: AbortSignal): AsyncGenerator<Chunk> {
  const reader = chunks.getReader()
  const stop = (): void => void Promise.allSettled([reader.cancel(signal.reason)])
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    reader.releaseLock()
  }
}
