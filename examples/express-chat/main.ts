import { join } from 'node:path'
import { serve } from './serve.ts'
import { speakingModel } from './speaking-model.ts'
import { openStore, readSecret } from './storage.ts'

const kept = '.everthread'
const { model, name } = await speakingModel()
const server = await serve({
  store: openStore(kept),
  secret: readSecret(kept),
  model,
  folder: process.env.CHAT_FOLDER ?? join(import.meta.dirname, '../quickstart/handbook'),
  report: (error) => console.error(error),
  port: Number(process.env.PORT ?? 3000),
  host: process.env.HOST ?? '127.0.0.1',
  proxies: Number(process.env.PROXIES ?? 0),
})
console.log(`Chat at ${server.url}, kept ${process.env.REDIS_URL ? 'on Redis' : `in ${kept}`}; ${name}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())
