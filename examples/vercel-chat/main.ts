import { closeChats } from './lib/chat.ts'
import { modelName } from './lib/model.ts'
import { serve } from './serve.ts'

const form = process.argv.includes('--next') ? 'next' : 'express'
const server = await serve(form, Number(process.env.PORT ?? 3000), process.env.HOST)
const routes = form === 'next' ? 'route handlers of Next.js' : 'Express'
console.log(
  `Ferry desk at ${server.url}, on ${routes}; ${modelName ?? 'a scripted model (set EVERTHREAD_MODEL for a real one)'}`,
)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await server.close()
    await closeChats()
  })
}
