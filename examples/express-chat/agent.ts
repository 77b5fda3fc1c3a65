import { randomUUID } from 'node:crypto'
import type { NeutralMessage, Session, ToolCallPart, Turn } from '@everthread/core'
import { EverthreadError, isPart } from '@everthread/core'
import { recommended } from '@everthread/core/context'
import { Folder } from '@everthread/example-quickstart/folder'
import { folderTools } from '@everthread/example-quickstart/tools'
import { fromNeutral, toNeutral } from '@everthread/langchain-adapter'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, type AIMessageChunk, SystemMessage } from '@langchain/core/messages'

const WINDOW = 32_000
const MAX_STEPS = 12
const instructions = `You answer questions about one folder of files. Look things up with the tools before you answer, and
say where you found what. Answer in plain text.`

/** What is sent to pages while a turn runs: text of the message that will have this id. */
export interface Piece {
  id: string
  text: string
}

/** Answers what is unanswered in a chat, in steps. It does not matter who began, or how far they came. */
export type Agent = (turn: Turn, chat: Session) => Promise<void>

export function createAgent({ model, folder }: { model: BaseChatModel; folder: string }): Agent {
  const tools = new Map(folderTools(new Folder(folder)).map((tool) => [tool.name, tool]))
  if (!model.bindTools) throw new Error('The model cannot call tools: name another in EVERTHREAD_MODEL.')
  const bound = model.bindTools([...tools.values()])

  async function use({ id, name, arguments: args }: ToolCallPart): Promise<NeutralMessage> {
    const tool = tools.get(name)
    const response: unknown = tool ? await tool.invoke(args ?? {}).catch(String) : `There is no tool ${name}.`
    return { role: 'tool', name, parts: [{ type: 'tool_call_response', id: id ?? null, response: String(response) }] }
  }

  async function say(turn: Turn, chat: Session): Promise<NeutralMessage> {
    const id = randomUUID()
    const { messages } = await chat.context.build({ policy: recommended(WINDOW), window: WINDOW })
    let heard: AIMessageChunk | undefined
    try {
      const input = [new SystemMessage(instructions), ...messages.map(fromNeutral)]
      for await (const chunk of await bound.stream(input, { signal: turn.signal })) {
        heard = heard ? heard.concat(chunk) : chunk
        if (chunk.text !== '') turn.send({ id, text: chunk.text } satisfies Piece)
      }
      if (!heard) throw new Error('The model said nothing')
      return { ...toNeutral(new AIMessage({ content: heard.content, tool_calls: heard.tool_calls ?? [] })), id }
    } catch (error) {
      const text = heard?.text ?? ''
      if (wasStopped(turn)) return said(id, text || 'Stopped.', 'stopped')
      turn.signal.throwIfAborted()
      return said(id, `${text}\n\nThe model failed: ${String(error)}`.trim(), 'failed')
    }
  }

  return async (turn, chat) => {
    for (let step = 0; step < MAX_STEPS; step++) {
      const messages = await turn.messages()
      const calls = openCalls(messages)
      if (calls.length > 0) turn.append(...(await Promise.all(calls.map(use))))
      else if (awaitsAnswer(messages)) turn.append(await say(turn, chat))
      else return
      await turn.checkpoint()
    }
    turn.append(said(randomUUID(), `I have no answer after ${MAX_STEPS} steps.`, 'failed'))
  }
}

/** Whether the last word is not an answer. */
export function awaitsAnswer(messages: readonly NeutralMessage[]): boolean {
  const last = messages.at(-1)
  return last !== undefined && (last.role !== 'assistant' || openCalls(messages).length > 0)
}

/** Calls of the last message that nothing has answered. */
function openCalls(messages: readonly NeutralMessage[]): ToolCallPart[] {
  const last = messages.at(-1)
  return last?.role === 'assistant' ? last.parts.filter((part) => isPart(part, 'tool_call')) : []
}

/** Somebody pressed stop. Otherwise the turn ends with its process, and is taken up again. */
function wasStopped({ signal }: Turn): boolean {
  return EverthreadError.isInstance(signal.reason) && signal.reason.code === 'TURN_INTERRUPTED'
}

function said(id: string, text: string, how: 'stopped' | 'failed'): NeutralMessage {
  return { id, role: 'assistant', parts: [{ type: 'text', content: text }], metadata: { [how]: true } }
}
