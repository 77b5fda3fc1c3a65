import { everthreadTransport, type TransportOptions } from '@everthread/vercel-ai-adapter/client'
import type { UIMessage } from 'ai'
import { describe, expect, it, vi } from 'vitest'
import { chunks, type FlakyServer, flakyServer, length, status, stream, wholeIn } from './flaky-server.ts'

const user = (id: string, text: string): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text }] })

const messages = [user('u1', 'Hi'), user('u2', 'What now?')]

async function read(stream: ReadableStream<unknown> | null): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const chunk of stream ?? []) all.push(chunk)
  return all
}

function send({ url }: FlakyServer, options: TransportOptions = {}, more: object = {}) {
  const transport = everthreadTransport({ api: `${url}/chat`, reconnectDelay: 1, ...options })
  return transport.sendMessages({
    ...{ trigger: 'submit-message', chatId: 'c/1', messageId: undefined, messages, abortSignal: undefined },
    ...more,
  })
}

describe.each([6, 7])('the transport on ai %i', async (major) => {
  if (major === 6) vi.doMock('ai', () => import('ai-6'))
  else vi.doUnmock('ai')
  vi.resetModules()
  const { everthreadTransport: transportOf } = await import('@everthread/vercel-ai-adapter/client')
  const { DefaultChatTransport } = await import('ai')

  it('stands on the transport of that version', async () => {
    const own = await (major === 6 ? import('ai-6') : import('ai'))
    expect(DefaultChatTransport).toBe(own.DefaultChatTransport)
    await using server = await flakyServer(stream())
    const transport = transportOf({ api: server.url })
    const sent = { chatId: 'c', messageId: undefined, messages, abortSignal: undefined }
    const answer = await transport.sendMessages({ trigger: 'submit-message', ...sent })
    expect(await read(answer)).toEqual(chunks)
  })
})

describe('what is sent', () => {
  it('is the last message alone, with the trigger and what the application adds', async () => {
    await using server = await flakyServer(stream())
    const headers = async () => ({ 'x-csrf': 'token' })
    const answer = await send(server, { headers, body: { theme: 'dark' } }, { body: { draft: true } })
    expect(await read(answer)).toEqual(chunks)
    expect(server.asked).toHaveLength(1)
    expect(server.asked[0]).toMatchObject({
      ...{ method: 'POST', url: '/chat', headers: { 'x-csrf': 'token', 'content-type': 'application/json' } },
      body: { id: 'c/1', trigger: 'submit-message', messages: [messages[1]], theme: 'dark', draft: true },
    })
  })

  it('is no message when another answer is wanted', async () => {
    await using server = await flakyServer(stream())
    await send(server, {}, { trigger: 'regenerate-message', messageId: 'a7' })
    expect(server.asked[0]?.body).toEqual({ id: 'c/1', trigger: 'regenerate-message', messageId: 'a7', messages: [] })
  })

  it('of an answer is what became of its last calls', async () => {
    await using server = await flakyServer(stream())
    const call = (n: number) => ({
      type: 'tool-x',
      toolCallId: `c${n}`,
      state: 'output-available',
      input: {},
      output: n,
    })
    const parts = [{ type: 'step-start' }, call(1), { type: 'step-start' }, { type: 'text', text: 'Well.' }, call(2)]
    const dynamic = { type: 'dynamic-tool', toolName: 'y', toolCallId: 'c3', state: 'approval-responded', input: {} }
    const answer = { id: 'a1', role: 'assistant', parts: [...parts, dynamic] }
    await send(server, {}, { messages: [...messages, answer] })
    const sent = [{ id: 'a1', role: 'assistant', parts: [call(2), dynamic] }]
    expect(server.asked[0]?.body).toMatchObject({ messages: sent })
  })
})

describe('a connection that breaks in an answer', () => {
  it('is made again where it was, wherever it breaks: each chunk comes once', async () => {
    for (let cut = 0; cut < length; cut += 3) {
      const had = wholeIn(cut)
      if (had > chunks.length) continue
      await using server = await flakyServer(stream(0, cut), stream(had, 20), stream(had + wholeIn(20, had)))
      const answer = await send(server)
      expect(await read(answer), `cut after ${cut} bytes`).toEqual(chunks)
      expect(server.asked[1]).toMatchObject({ method: 'GET', url: `/chat/c%2F1/stream?after=turn.7.${had}` })
    }
  })

  it('is made again with the headers of the application, after failures of the server too', async () => {
    await using server = await flakyServer(stream(0, 120), status(503), status(500), stream(wholeIn(120)))
    const answer = await send(server, { headers: { authorization: 'Bearer x' } })
    expect(await read(answer)).toEqual(chunks)
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer x'))
  })

  it.each([
    ['the answer is gone', status(204), 'load the chat again'],
    ['the server refuses', status(403), 'refused to go on (403)'],
  ])('fails when %s', async (_, again, words) => {
    await using server = await flakyServer(stream(0, 120), again)
    const answer = await send(server)
    await expect(read(answer)).rejects.toThrow(words)
    expect(server.asked).toHaveLength(2)
  })

  it('fails when it breaks too often', async () => {
    await using server = await flakyServer(stream(0, 120), status(503), status(503))
    await expect(read(await send(server, { reconnects: 2 }))).rejects.toThrow()
    expect(server.asked).toHaveLength(3)
    await using once = await flakyServer(stream(0, 120))
    await expect(read(await send(once, { reconnects: 0 }))).rejects.toThrow()
    expect(once.asked).toHaveLength(1)
  })

  it('is left alone when the client has left', async () => {
    await using server = await flakyServer((res) => {
      res.writeHead(200, { 'x-everthread-place': 't.0' })
      res.write('data: {"type":"start"}\n\n')
    })
    const leave = new AbortController()
    const reader = (await send(server, {}, { abortSignal: leave.signal })).getReader()
    expect((await reader.read()).value).toEqual({ type: 'start' })
    leave.abort()
    await expect(reader.read()).rejects.toThrow(/abort/i)
    await using quiet = await flakyServer(stream())
    const unread = await send(quiet)
    await unread.cancel()
    expect([server.asked, quiet.asked].map((asked) => asked.length)).toEqual([1, 1])
  })
})

describe('a client that comes back', () => {
  it('gets the answer under way, over broken connections too, or null', async () => {
    await using server = await flakyServer(stream(0, 150), stream(wholeIn(150)), status(204))
    const transport = everthreadTransport({ api: `${server.url}/chat?v=2`, reconnectDelay: 1 })
    const answer = await transport.reconnectToStream({ chatId: 'c1' })
    expect(await read(answer)).toEqual(chunks)
    expect(await transport.reconnectToStream({ chatId: 'c1' })).toBeNull()
    const after = `after=turn.7.${wholeIn(150)}`
    const urls = ['/chat/c1/stream?v=2', `/chat/c1/stream?v=2&${after}`, '/chat/c1/stream?v=2']
    expect(server.asked.map(({ url }) => url)).toEqual(urls)
  })
})

describe('stop', () => {
  it('asks the server, and tells what it said', async () => {
    await using server = await flakyServer(
      status(200, '{"stopped":true}'),
      status(200, '{"stopped":false}'),
      status(401),
    )
    const headers = () => ({ 'x-csrf': 'token' })
    const transport = everthreadTransport({ api: `${server.url}/chat`, headers, credentials: 'include' })
    expect(await transport.stop('c1')).toBe(true)
    expect(await transport.stop('c1')).toBe(false)
    await expect(transport.stop('c1')).rejects.toThrow('401')
    expect(server.asked[0]).toMatchObject({ method: 'POST', url: '/chat/c1/stop', headers: { 'x-csrf': 'token' } })
  })
})
