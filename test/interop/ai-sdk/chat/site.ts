import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { EverthreadError } from '@everthread/core'
import * as ai7 from 'ai'
import * as ai6 from 'ai-6'
import type { Chunk, Ground } from './ground.ts'
import type { Script } from './scripted.ts'

/** The routes of a chat over HTTP, by Node's responses or by those of the web. */
export interface Site {
  url: string
  /** What the next answer says. */
  script: Script
  close(): Promise<void>
}

export async function site({ chat, ai }: Ground, kind: 'node' | 'web', script: Script): Promise<Site> {
  const owner = 'ada'
  const place: Site = { url: '', script, close: async () => {} }
  const server = createServer(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '', 'http://chat')
    const [, , , id = '', what] = pathname.split('/').map(decodeURIComponent)
    const after = searchParams.get('after')
    try {
      if (what === undefined) {
        const turn = await chat.begin(JSON.parse(await text(req)), { owner })
        const { signal, prepareStep } = turn
        const messages = await turn.messages()
        const answer = () => ai.stream(place.script, { messages, signal, prepareStep })
        if (kind === 'node') await turn.pipe(answer, res)
        else await copy(await turn.response(answer), res)
      } else if (kind === 'node') {
        await (what === 'stream' ? chat.resume(id, { owner, after }, res) : chat.stop(id, { owner }, res))
      } else {
        await copy(await (what === 'stream' ? chat.resume(id, { owner, after }) : chat.stop(id, { owner })), res)
      }
    } catch (error) {
      res.writeHead(400).end(EverthreadError.isInstance(error) ? error.code : String(error))
    }
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  place.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/chat`
  place.close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return place
}

async function copy(response: Response, res: ServerResponse): Promise<void> {
  res.writeHead(response.status, Object.fromEntries(response.headers))
  const reader = response.body?.getReader()
  res.once('close', () => void reader?.cancel())
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) res.write(read.value)
  res.end()
}

/** What `useChat` does, without React. */
export interface Client {
  messages: { id: string; role: string; parts: Chunk[]; metadata?: unknown }[]
  status: string
  sendMessage(message: { text: string }): Promise<void>
  resumeStream(): Promise<void>
  stop(): Promise<void>
  addToolApprovalResponse(response: { id: string; approved: boolean }): void | PromiseLike<void>
}

class State {
  status = 'ready'
  error: Error | undefined = undefined
  messages: object[]
  constructor(messages: object[]) {
    this.messages = messages
  }
  pushMessage = (message: object): void => {
    this.messages = [...this.messages, message]
  }
  popMessage = (): void => {
    this.messages = this.messages.slice(0, -1)
  }
  replaceMessage = (at: number, message: object): void => {
    this.messages = this.messages.with(at, structuredClone(message))
  }
  snapshot = <T>(thing: T): T => structuredClone(thing)
}

/** A page with the chat, as its first render shows it. */
export function page(major: 6 | 7, { url, id, messages }: { url: string; id: string; messages: object[] }): Client {
  const state = new State(messages) as never
  if (major === 6) {
    const transport = new ai6.DefaultChatTransport({ api: url })
    const sendAutomaticallyWhen = ai6.lastAssistantMessageIsCompleteWithApprovalResponses
    return new (class extends ai6.AbstractChat<ai6.UIMessage> {})({
      id,
      transport,
      state,
      sendAutomaticallyWhen,
    }) as never
  }
  const transport = new ai7.DefaultChatTransport({ api: url })
  const sendAutomaticallyWhen = ai7.lastAssistantMessageIsCompleteWithApprovalResponses
  return new (class extends ai7.AbstractChat<ai7.UIMessage> {})({
    id,
    transport,
    state,
    sendAutomaticallyWhen,
  }) as never
}
