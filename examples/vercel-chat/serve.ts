import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chatRoutes } from './express-server.ts'
import { bundlePage } from './lib/page.ts'
import { nextRoutes } from './next-server.ts'

export interface ChatServer {
  url: string
  close(): Promise<void>
}

/** The page and the routes of the chat, in either form. */
export async function serve(form: 'express' | 'next', port = 0, host = '127.0.0.1'): Promise<ChatServer> {
  const [page, routes] = await Promise.all([
    bundlePage(),
    form === 'next' ? nextRoutes() : (chatRoutes() as RequestListener),
  ])
  const server = createServer((req, res) => page(req, res) || routes(req, res))
  await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(port, host, resolve))
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
