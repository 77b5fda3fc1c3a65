import { PLACE_HEADER } from '../client/place-header.ts'
import type { Chunk } from './answer.ts'
import { type Place, placeText } from './place.ts'

/** What of `http.ServerResponse` is used, which Express extends. */
export interface NodeResponse {
  writeHead(status: number, headers?: Record<string, string>): unknown
  write(text: string): unknown
  end(text?: string): unknown
  on(event: 'close' | 'drain', listener: () => void): unknown
  readonly writableEnded: boolean
}

/** Whoever reads the answer. What is sent after it left goes nowhere. */
export interface Client {
  send(chunk: Chunk): void
  /** Resolves when it has taken what was sent, or left. */
  drained(): Promise<void>
  end(): void
}

/** A client as it is answered. */
export interface Connection {
  /** Where in the stream of its turn the answer begins; undefined: in none. */
  place: Place | undefined
  /** Called when the client goes before the answer has ended. */
  left(): void
}

const headersAt = (place: Place | undefined): Record<string, string> => ({
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no',
  ...(place && { [PLACE_HEADER]: placeText(place) }),
})

const DONE = 'data: [DONE]\n\n'
const eventOf = (chunk: Chunk): string => `data: ${JSON.stringify(chunk)}\n\n`

export function nodeClient(res: NodeResponse, { place, left }: Connection): Client {
  let isHere = true
  let full: PromiseWithResolvers<void> | undefined
  const free = (): void => {
    full?.resolve()
    full = undefined
  }
  res.on('drain', free)
  res.on('close', () => {
    if (isHere && !res.writableEnded) left()
    isHere = false
    free()
  })
  res.writeHead(200, headersAt(place))
  return {
    send(chunk) {
      if (isHere && res.write(eventOf(chunk)) === false) full ??= Promise.withResolvers<void>()
    },
    drained: async () => full?.promise,
    end() {
      if (!isHere) return
      res.write(DONE)
      res.end()
    },
  }
}

/** A client that reads the body of a `Response`. */
export function webClient({ place, left }: Connection): { client: Client; response: Response } {
  const encoder = new TextEncoder()
  let reader: ReadableStreamDefaultController<Uint8Array> | undefined
  let full: PromiseWithResolvers<void> | undefined
  const free = (): void => {
    full?.resolve()
    full = undefined
  }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      reader = controller
    },
    pull: free,
    cancel() {
      reader = undefined
      free()
      left()
    },
  })
  const client: Client = {
    send(chunk) {
      reader?.enqueue(encoder.encode(eventOf(chunk)))
      if (reader && (reader.desiredSize ?? 1) <= 0) full ??= Promise.withResolvers<void>()
    },
    drained: async () => full?.promise,
    end() {
      reader?.enqueue(encoder.encode(DONE))
      reader?.close()
      reader = undefined
    },
  }
  return { client, response: new Response(body, { headers: headersAt(place) }) }
}

/** Sends a stream to a client as fast as it takes it. Gives the last chunk. */
export async function sendAll(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  client: Client,
): Promise<Chunk | undefined> {
  let last: Chunk | undefined
  for await (const chunk of chunks) {
    last = chunk
    client.send(chunk)
    await client.drained()
  }
  return last
}
