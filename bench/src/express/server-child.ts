/** One subject of the bench `express`, in a process of its own: tells its port, and ends with its parent. */
import type { AddressInfo } from 'node:net'
import { redisStore } from '@everthread/core/redis'
import { ExpressSessionStore, session } from '@everthread/express-middleware'
import { RedisStore } from 'connect-redis'
import express from 'express'
import expressSession from 'express-session'
import { createClient } from 'redis'

const [, , name = '', url = '', prefix = ''] = process.argv
const options = { secret: 'a secret', resave: false, saveUninitialized: false }

const subjects: Record<string, () => Promise<express.RequestHandler>> = {
  bare: async () => (_req, _res, next) => next(),
  async 'express-session'() {
    const client = createClient({ url })
    await client.connect()
    return expressSession({ ...options, store: new RedisStore({ client, prefix: `${prefix}:` }) })
  },
  'express-session-on-everthread': async () =>
    expressSession({ ...options, store: new ExpressSessionStore({ store: redisStore(url, { prefix }) }) }),
  everthread: async () => session({ ...options, store: redisStore(url, { prefix }) }),
}

const subject = subjects[name]
if (!subject) throw new Error(`There is no subject ${name}.`)
const app = express()
app.use(await subject())

/** About a kilobyte in ten keys, as a shop or a chat keeps. */
const profile = Object.fromEntries(
  Array.from({ length: 10 }, (_, at) => [`key${at}`, { id: at, text: `value ${at} `.repeat(8), list: [at, at + 1] }]),
)
let writes = 0

app.get('/make', (req, res) => {
  if (req.session) Object.assign(req.session, profile)
  res.send('made')
})
app.get('/read', (req, res) => {
  res.json({ of: req.session ? (req.session as unknown as typeof profile).key3 : profile.key3 })
})
app.get('/write', (req, res) => {
  writes++
  if (req.session) Object.assign(req.session, { key3: { id: writes, text: 'changed' } })
  res.json({ of: writes })
})

const server = app.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.(process.cpuUsage()))
process.once('disconnect', () => process.exit())
