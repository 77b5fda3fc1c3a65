import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AppOptions, createApp } from './app.ts'

export interface ChatServer {
  url: string
  /** Ends streams and turns, which the next server takes up, and closes the store. */
  close(): Promise<void>
}

export async function serve(options: AppOptions & { port?: number; host?: string }): Promise<ChatServer> {
  const { port = 0, host = '127.0.0.1' } = options
  const { app, close } = createApp(options)
  const server = createServer(app)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      await close()
      server.closeAllConnections()
      await closed
      await options.store.close()
    },
  }
}
