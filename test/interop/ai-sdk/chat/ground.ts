import { memoryStore } from '@everthread/core/memory'
import { type Chat, type ChatOptions, type ChatTurn, createChat } from '@everthread/vercel-ai-adapter'
import { type Script, scripted } from './scripted.ts'

export interface Chunk {
  type: string
  [field: string]: unknown
}

export interface Ground {
  chat: Chat
  ai: ReturnType<typeof scripted>
  /** One request of the route, to its end: what the client got. */
  post(body: object, script?: Script, owner?: string): Promise<Chunk[]>
  begin(body: object, owner?: string): Promise<ChatTurn>
  answer(turn: ChatTurn, script?: Script): Promise<Response>
  history(owner?: string): Promise<{ id: string; role: string; metadata?: unknown; parts: Chunk[] }[]>
}

export const ID = 'chat-1'

/** Says what it was asked, in three pieces. */
export const echo: Script = { reply: (asked) => ({ texts: ['You ', 'said: ', asked] }) }

export const user = (id: string, text: string) => ({ id, role: 'user', parts: [{ type: 'text', text }] })
export const submit = (...messages: object[]) => ({ id: ID, trigger: 'submit-message', messages })

export function ground(major: 6 | 7, options: Partial<ChatOptions> = {}): Ground {
  const ai = scripted(major)
  const chat = createChat({ ...(options.sessions ? {} : { store: memoryStore() }), ...options })
  const begin: Ground['begin'] = (body, owner = 'ada') => chat.begin(body, { owner })
  const answer: Ground['answer'] = async (turn, script = echo) => {
    const { signal, prepareStep } = turn
    return turn.response(async () => ai.stream(script, { messages: await turn.messages(), signal, prepareStep }))
  }
  return {
    chat,
    ai,
    begin,
    answer,
    async post(body, script, owner) {
      const turn = await begin(body, owner)
      const chunks = await chunksIn(await answer(turn, script))
      await turn.ended
      return chunks
    },
    history: (owner = 'ada') => chat.history(ID, { owner }) as ReturnType<Ground['history']>,
  }
}

export async function chunksIn(response: Response): Promise<Chunk[]> {
  const events = (await response.text()).split('\n\n').filter(Boolean)
  if (events.pop() !== 'data: [DONE]') throw new Error('The stream has not ended')
  return events.map((event) => JSON.parse(event.slice('data: '.length)) as Chunk)
}

export const textIn = ({ parts }: { parts: Chunk[] }): string => parts.map(({ text = '' }) => text).join('')
