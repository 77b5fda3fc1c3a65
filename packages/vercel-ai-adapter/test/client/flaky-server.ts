import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Asked {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: unknown
}

type Answer = (res: ServerResponse, asked: Asked) => unknown

export interface FlakyServer extends AsyncDisposable {
  url: string
  asked: Asked[]
}

/** A server on HTTP that gives one answer after the other, whatever it is asked. */
export async function flakyServer(...answers: Answer[]): Promise<FlakyServer> {
  const asked: Asked[] = []
  const server = createServer(async (req, res) => {
    const text = (await req.toArray()).join('')
    const { method = '', url = '', headers } = req
    const one = { method, url, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
    asked.push(one)
    await (answers[asked.length - 1] ?? ((late) => late.writeHead(500).end('asked too often')))(res, one)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const chunks = [
  { type: 'start', messageId: 'a1' },
  { type: 'text-start', id: 't' },
  ...['one ', 'two ', 'three ', 'ü—𝄞'].map((delta) => ({ type: 'text-delta', id: 't', delta })),
  { type: 'text-end', id: 't' },
  { type: 'finish' },
]

const bytesOf = (from: number): Buffer =>
  Buffer.from(
    `${chunks
      .slice(from)
      .map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
      .join('')}data: [DONE]\n\n`,
  )

/** The answer from one of its chunks on, cut after so many bytes. */
export function stream(from = 0, cutAfter = Number.POSITIVE_INFINITY): Answer {
  return (res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'x-everthread-place': `turn.7.${from}` })
    const bytes = bytesOf(from)
    if (cutAfter >= bytes.length) return res.end(bytes)
    res.flushHeaders()
    return res.write(bytes.subarray(0, cutAfter), () => setImmediate(() => res.destroy()))
  }
}

/** How many whole chunks there are in so many bytes of the answer. */
export const wholeIn = (bytes: number, from = 0): number =>
  bytesOf(from).subarray(0, bytes).toString('latin1').split('\n\n').length - 1

export const length = bytesOf(0).length

export const status =
  (code: number, body = ''): Answer =>
  (res) =>
    res.writeHead(code, { 'content-type': 'application/json' }).end(body)
