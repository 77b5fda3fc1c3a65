/** Serves `app/` as Next.js would, on plain Node, as far as route handlers need it. */
import { globSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

type Params = Record<string, string>
type Handler = (request: Request, context: { params: Promise<Params> }) => Promise<Response>

interface Route {
  path: RegExp
  handlers: Record<string, Handler | undefined>
}

export async function nextRoutes(app: string = join(import.meta.dirname, 'app')): Promise<RequestListener> {
  const files = globSync('**/route.ts', { cwd: app })
  const routes = await Promise.all(
    files.map(
      async (file): Promise<Route> => ({ path: pathOf(dirname(file)), handlers: await import(join(app, file)) }),
    ),
  )
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const url = new URL(req.url ?? '/', `http://${req.headers.host}`)
    const route = routes.find(({ path }) => path.test(url.pathname))
    const handler = route?.handlers[req.method ?? '']
    if (!route || !handler) return send(new Response(null, { status: route ? 405 : 404 }), res)
    const params = route.path.exec(url.pathname)?.groups ?? {}
    const decoded = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]))
    await send(await handler(requestOf(req, url), { params: Promise.resolve(decoded) }), res)
  }
  return (req, res) => void answer(req, res).catch((error: unknown) => res.destroy(error as Error))
}

/** `api/chat/[id]` as a pattern. */
const pathOf = (folder: string): RegExp => new RegExp(`^/${folder.replace(/\[(\w+)\]/g, '(?<$1>[^/]+)')}$`)

function requestOf(req: IncomingMessage, url: URL): Request {
  const { method = 'GET', headers } = req
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(req) as ReadableStream<Uint8Array>)
  return new Request(url, { method, headers: headers as Record<string, string>, body, duplex: 'half' } as RequestInit)
}

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.writeHead(response.status, Object.fromEntries(response.headers))
  if (!response.body) return void res.end()
  // A client that leaves breaks the stream off, which is how the handler hears of it.
  await pipeline(Readable.fromWeb(response.body as import('node:stream/web').ReadableStream), res).catch(() =>
    res.destroy(),
  )
}
