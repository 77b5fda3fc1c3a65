import { SessionManager, type Store } from '@everthread/core'
import { type Chat, createChat } from '@everthread/vercel-ai-adapter'
import { openStore } from './store.ts'
import { tools } from './tools.ts'

const store: Store = openStore()

/** How long a chat stays taken when the server that answers in it dies, ms. */
const ttlMs = Number(process.env.CHAT_LEASE ?? 10_000)
const sessions: SessionManager = new SessionManager({ store, lease: { ttlMs } })

/** All chats. Errors that clients only hear of as such go to the log. */
export const chat: Chat = createChat({ sessions, tools, budget: 50_000, onError: (error) => console.error(error) })

/** Ends what is under way, which the next server seals. */
export async function closeChats(): Promise<void> {
  await sessions.close()
  await store.close()
}
