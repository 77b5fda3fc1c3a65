import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryStore } from '@everthread/core/memory'
import { createChat } from '@everthread/vercel-ai-adapter'
import { everthreadTransport } from '@everthread/vercel-ai-adapter/client'
import { type ChatTransport, createUIMessageStream, type UIMessage } from 'ai'

const chat = createChat({ store: memoryStore() })

const server = createServer(async (req, res) => {
  const body: unknown = JSON.parse((await req.toArray()).join(''))
  await using turn = await chat.begin(body, { owner: null })
  const answer = createUIMessageStream({
    execute({ writer }) {
      writer.write({ type: 'text-start', id: 't' })
      writer.write({ type: 'text-delta', id: 't', delta: 'Hello' })
      writer.write({ type: 'text-end', id: 't' })
    },
  })
  await turn.pipe(answer, res)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const transport: ChatTransport<UIMessage> = everthreadTransport({ api })
const messages: UIMessage[] = [{ id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }]
const sent = {
  chatId: 'c1',
  trigger: 'submit-message',
  messageId: undefined,
  messages,
  abortSignal: undefined,
} as const
let said = ''
const reader = (await transport.sendMessages(sent)).getReader()
for (let read = await reader.read(); !read.done; read = await reader.read()) {
  if (read.value.type === 'text-delta') said += read.value.delta
}
const stored = await chat.history('c1', { owner: null })
process.stdout.write(JSON.stringify({ said, roles: stored.map(({ role }) => role) }))
server.close()
