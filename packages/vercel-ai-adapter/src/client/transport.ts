import { type ChatTransport, DefaultChatTransport, type HttpChatTransportInitOptions, type UIMessage } from 'ai'
import { newsOf } from './news.ts'
import { type Reconnects, unbroken } from './unbroken.ts'

/** Those of `DefaultChatTransport` without the two `prepare…` functions, which are what this transport is. */
export interface TransportOptions
  extends Omit<
      HttpChatTransportInitOptions<UIMessage>,
      'api' | 'prepareSendMessagesRequest' | 'prepareReconnectToStreamRequest'
    >,
    Partial<Reconnects> {
  /**
   * Where the chat's routes are: `POST api` begins, `GET api/:id/stream` resumes, `POST api/:id/stop` stops.
   * Default `/api/chat`.
   */
  api?: string
}

type Send<M extends UIMessage> = Parameters<ChatTransport<M>['sendMessages']>[0]
type Reconnect<M extends UIMessage> = Parameters<ChatTransport<M>['reconnectToStream']>[0]
type Chunks<M extends UIMessage> = Awaited<ReturnType<ChatTransport<M>['sendMessages']>>

/** For `useChat` in front of `createChat`. */
export interface EverthreadTransport<M extends UIMessage> extends ChatTransport<M> {
  /**
   * Ends the answer under way for everyone, whoever makes it; what came is kept. Gives whether there was one.
   * `stop()` of `useChat` only leaves, unless the route says `onDisconnect: 'stop'`.
   *
   * @throws `Error` when the server refuses
   */
  stop(chatId: string): Promise<boolean>
}

/**
 * A transport that sends only what is new: the last message, or what was decided of the last answer's calls. The history
 * is the server's. When the connection breaks in the middle of an answer it goes on where it was.
 */
export function everthreadTransport<M extends UIMessage = UIMessage>(
  options: TransportOptions = {},
): EverthreadTransport<M> {
  const { api = '/api/chat', reconnects = 5, reconnectDelay = 250, ...rest } = options
  const urlOf = (chatId: string, what: string): string => withPath(api, `/${encodeURIComponent(chatId)}/${what}`)
  const fetchOf: typeof fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init)

  /** One for each chat that is spoken to, as what is fetched again must be its own. */
  const through = (chatId: string): DefaultChatTransport<M> =>
    new DefaultChatTransport<M>({
      ...rest,
      api,
      fetch: unbroken(fetchOf, { url: urlOf(chatId, 'stream'), reconnects, reconnectDelay }),
      prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
        body: { ...body, id, trigger, messageId, messages: newsOf(messages, trigger) },
      }),
      prepareReconnectToStreamRequest: ({ id }) => ({ api: urlOf(id, 'stream') }),
    })

  return {
    resumeStreamIsReplay: true,
    sendMessages: (send: Send<M>): Promise<Chunks<M>> => through(send.chatId).sendMessages(send),
    reconnectToStream: (again: Reconnect<M>): Promise<Chunks<M> | null> =>
      through(again.chatId).reconnectToStream(again),
    async stop(chatId) {
      const { headers, credentials } = rest
      const init: RequestInit = { method: 'POST' }
      const [given, mode] = [await resolved(headers), await resolved(credentials)]
      if (given) init.headers = given
      if (mode) init.credentials = mode
      const response = await fetchOf(urlOf(chatId, 'stop'), init)
      if (!response.ok) throw new Error(`The answer was not stopped: the server said ${response.status}`)
      return ((await response.json()) as { stopped?: unknown }).stopped === true
    },
  }
}

/** An option, or a function that gives it. */
async function resolved<T>(
  option: T | PromiseLike<T> | (() => T | PromiseLike<T>) | undefined,
): Promise<T | undefined> {
  return typeof option === 'function' ? (option as () => T | PromiseLike<T>)() : option
}

/** Before the query, if there is one. */
function withPath(url: string, path: string): string {
  const end = url.search(/[?#]/)
  return end < 0 ? `${url}${path}` : `${url.slice(0, end)}${path}${url.slice(end)}`
}
