import { join } from 'node:path'
import { type ChatServer, serve } from './serve.ts'
import { speakingModel } from './speaking-model.ts'
import { openStore, readSecret } from './storage.ts'

const kept = '.everthread'

async function start({ env } = process): Promise<ChatServer> {
  const { model, name } = await speakingModel()
  const server = await serve({
    store: openStore(kept),
    secret: readSecret(kept),
    model,
    folder: env.CHAT_FOLDER ?? join(import.meta.dirname, '../quickstart/handbook'),
    report: (error) => console.error(error),
    port: Number(env.PORT ?? 3000),
    host: env.HOST ?? '127.0.0.1',
    proxies: Number(env.PROXIES ?? 0),
  })
  console.log(`Chat at ${server.url}, kept ${env.REDIS_URL ? 'on Redis' : `in ${kept}`}; ${name}`)
  return server
}

try {
  const server = await start()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
