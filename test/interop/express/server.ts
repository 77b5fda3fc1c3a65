import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseSetCookie } from './set-cookie.ts'

/** A session as a handler sees it, whoever made it. */
export interface AnySession {
  id: string
  cookie: AnyCookie
  save(callback?: (error?: unknown) => void): unknown
  reload(callback?: (error?: unknown) => void): unknown
  regenerate(callback?: (error?: unknown) => void): unknown
  destroy(callback?: (error?: unknown) => void): unknown
  touch(): unknown
  resetMaxAge(): unknown
  [key: string]: unknown
}

export interface AnyCookie {
  path: string
  httpOnly: boolean
  secure: unknown
  sameSite: unknown
  domain: unknown
  maxAge: number | null
  originalMaxAge: number | null
  expires: Date | null | false
  data: Record<string, unknown>
  serialize(name: string, value: string): string
  toJSON(): Record<string, unknown>
}

export interface AnyStore {
  get(id: string, callback: (error?: unknown, session?: Record<string, unknown> | null) => void): void
  set(id: string, session: object, callback?: (error?: unknown) => void): void
  destroy(id: string, callback?: (error?: unknown) => void): void
  touch(id: string, session: object, callback?: (error?: unknown) => void): void
  all(callback: (error: unknown, sessions: object) => void): void
  length(callback: (error: unknown, length: number) => void): void
  clear(callback?: (error?: unknown) => void): void
  load(id: string, callback: (error?: unknown, session?: AnySession) => void): void
  regenerate(req: object, callback: (error?: unknown) => void): void
  createSession(req: object, data: object): AnySession
  generate(req: object): void
  emit(name: string): boolean
}

export interface AnyRequest extends IncomingMessage {
  session: AnySession
  sessionID: string
  sessionStore: AnyStore
  secret?: string
  cookies?: object
  signedCookies?: object
  originalUrl?: string
  secure?: boolean
}

export type Middleware = (req: never, res: ServerResponse, next: (error?: unknown) => void) => void
export type Handler = (req: AnyRequest, res: ServerResponse) => unknown

export interface Answer {
  status: number
  text: string
  headers: IncomingHttpHeaders
  /** The session's `Set-Cookie`, by attribute; undefined when there was none. */
  set: Record<string, string | true> | undefined
  /** As the browser sends it back. */
  cookie: string | undefined
}

export interface Client {
  readonly url: string
  /** Sends the cookie that the answers before have set, unless the headers have one. */
  get(path?: string, headers?: Record<string, string>): Promise<Answer>
  ask(method: string, path?: string, headers?: Record<string, string>): Promise<Answer>
  cookie: string | undefined
  /** Errors that came to `next` when the answer was on its way. */
  readonly late: unknown[]
}

const servers: (() => Promise<void>)[] = []

export async function closeServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((close) => close()))
}

/** A plain server with these middlewares before the handler; what comes to `next` as an error is a 500 with its text. */
export function serve(chain: Middleware[], handle: Handler, cookieName = 'connect.sid'): Promise<Client> {
  const late: unknown[] = []
  return listen(
    (req, res) => {
      const fail = (error: unknown) => {
        if (res.headersSent) {
          late.push(error)
          return
        }
        res.statusCode = 500
        res.end(error instanceof Error ? error.message : String(error))
      }
      const step = (at: number) => (error?: unknown) => {
        if (error) return fail(error)
        const middleware = chain[at]
        if (middleware) return middleware(req as never, res, step(at + 1))
        Promise.resolve()
          .then(() => handle(req as AnyRequest, res))
          .catch(fail)
      }
      step(0)()
    },
    { cookieName, late },
  )
}

export async function listen(
  listener: (req: IncomingMessage, res: ServerResponse) => void,
  { cookieName = 'connect.sid', late = [] }: { cookieName?: string; late?: unknown[] } = {},
): Promise<Client> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const { port } = server.address() as AddressInfo
  const client: Client = {
    url: `http://127.0.0.1:${port}`,
    cookie: undefined,
    late,
    get: (path, headers) => client.ask('GET', path, headers),
    async ask(method, path = '/', headers = {}) {
      const sent = { ...(client.cookie ? { cookie: client.cookie } : {}), ...headers }
      const answer = await exchange(port, method, path, sent, cookieName)
      client.cookie = answer.cookie ?? client.cookie
      return answer
    },
  }
  return client
}

function exchange(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  cookieName: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      res.once('error', reject)
      res.once('end', () => {
        const line = (res.headers['set-cookie'] ?? []).find((each) => each.startsWith(`${cookieName}=`))
        const set = line === undefined ? undefined : parseSetCookie(line)
        const cookie = line?.split(';')[0]
        resolve({ status: res.statusCode ?? 0, text, headers: res.headers, set, cookie })
      })
    })
    sent.once('error', reject)
    sent.end()
  })
}
