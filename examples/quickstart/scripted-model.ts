import type { BaseLanguageModelInput } from '@langchain/core/language_models/base'
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models'
import { AIMessage, type AIMessageChunk, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages'
import type { ChatResult } from '@langchain/core/outputs'
import type { Runnable } from '@langchain/core/runnables'
import { answerFrom, listAnswer, recallAnswer } from './scripted-answers.ts'
import { keywords } from './words.ts'

interface ScriptedOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[]
}

/**
 * Stands in where no provider's model is named. It plans tool calls from the words of the question and answers by
 * quoting what the tools returned; it knows nothing that it has not read, and the same question over the same
 * folder and session always gets the same answer.
 */
export class ScriptedModel extends BaseChatModel<ScriptedOptions> {
  constructor() {
    super({})
  }

  override _llmType(): string {
    return 'scripted'
  }

  override bindTools(tools: BindToolsInput[]): Runnable<BaseLanguageModelInput, AIMessageChunk, ScriptedOptions> {
    return this.withConfig({ tools })
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const message = next(messages)
    return { generations: [{ message, text: message.text }] }
  }
}

/** The next step of the turn: a tool call, or the answer. */
function next(messages: BaseMessage[]): AIMessage {
  const asked = messages.findLastIndex((message) => HumanMessage.isInstance(message))
  const question = messages[asked]?.text ?? ''
  const earlier = messages.slice(0, Math.max(0, asked)).filter((message) => HumanMessage.isInstance(message))
  const results = messages.slice(asked + 1).filter((message) => ToolMessage.isInstance(message))
  const last = results.at(-1)

  if (isAboutSession(question)) {
    return new AIMessage(recallAnswer(earlier.map((message) => message.text)))
  }
  if (/\b(list|which|what)\b.*\b(files|documents|pages)\b/i.test(question)) {
    return last ? new AIMessage(listAnswer(last.text)) : call(messages, 'list_files', {})
  }
  const named = question.match(/[\w./-]*(\/[\w-]+|\w\.[a-z]{1,5})\b/i)?.[0]
  if (!last) {
    if (named) return call(messages, 'read_file', { path: named })
    if (keywords(question).length === 0)
      return new AIMessage('Ask about something that may stand in the folder, or for the list of its files.')
    return call(messages, 'search_files', { query: keywords(question).join(' ') })
  }
  const best = last.name === 'search_files' ? last.text.match(/^(.+?):\d+: /)?.[1] : undefined
  if (best !== undefined) return call(messages, 'read_file', { path: best })
  return new AIMessage(
    answerFrom(
      question,
      results.map((result) => ({ tool: result.name ?? '', text: result.text })),
    ),
  )
}

function isAboutSession(question: string): boolean {
  const asking = /\b(ask|asked|questions?|said|say)\b/i.test(question) && /\b(i|we|my)\b/i.test(question)
  return asking && /\b(before|earlier|previous|previously|last|first|so far|already)\b/i.test(question)
}

function call(messages: BaseMessage[], name: string, args: Record<string, unknown>): AIMessage {
  return new AIMessage({ content: '', tool_calls: [{ type: 'tool_call', id: `call_${messages.length}`, name, args }] })
}
