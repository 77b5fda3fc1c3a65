/** A server of chats on a SQLite file, to be killed; tells what it holds open when asked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SessionManager } from '@everthread/core'
import { sqliteStore } from '@everthread/core/sqlite'
import { session, sessionRoutes } from '@everthread/express-middleware'
import express from 'express'

const [, , file = '', port = '0'] = process.argv
const sessions = new SessionManager({ store: sqliteStore(file) })
const app = express()
app.use(session({ sessions, secret: 'x' }))
app.use('/chats', sessionRoutes({ sessions, heartbeatMs: 1_000 }))

const server = createServer(app)
server.listen(Number(port), '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

process.on('message', () => {
  server.closeAllConnections()
  const open = process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'TCPSocketWrap')
  process.send?.({ open: open.sort() })
})
process.once('disconnect', () => process.exit())
