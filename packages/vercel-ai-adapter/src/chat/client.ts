import type { Chunk } from './answer.ts'

/** What of `http.ServerResponse` is used, which Express extends. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown
  write(text: string): unknown
  end(): unknown
  on(event: 'close', listener: () => void): unknown
  readonly writableEnded: boolean
}

/** Whoever reads the answer. What is sent after it left goes nowhere. */
export interface Client {
  send(chunk: Chunk): void
  end(): void
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  connection: 'keep-alive',
  'x-vercel-ai-ui-message-stream': 'v1',
  'x-accel-buffering': 'no',
}

const DONE = 'data: [DONE]\n\n'
const eventOf = (chunk: Chunk): string => `data: ${JSON.stringify(chunk)}\n\n`

/** @param left Called when the client goes before the answer has ended */
export function nodeClient(res: NodeResponse, left: () => void): Client {
  let isHere = true
  res.on('close', () => {
    if (isHere && !res.writableEnded) left()
    isHere = false
  })
  res.writeHead(200, headers)
  return {
    send: (chunk) => void (isHere && res.write(eventOf(chunk))),
    end() {
      if (!isHere) return
      res.write(DONE)
      res.end()
    },
  }
}

/** A client that reads the body of a `Response`. */
export function webClient(left: () => void): { client: Client; response: Response } {
  const encoder = new TextEncoder()
  let reader: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      reader = controller
    },
    cancel() {
      reader = undefined
      left()
    },
  })
  const client: Client = {
    send: (chunk) => reader?.enqueue(encoder.encode(eventOf(chunk))),
    end() {
      reader?.enqueue(encoder.encode(DONE))
      reader?.close()
      reader = undefined
    },
  }
  return { client, response: new Response(body, { headers }) }
}
