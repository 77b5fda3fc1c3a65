import { setTimeout as wait } from 'node:timers/promises'
import { chooseModel } from '@everthread/example-quickstart/choose-model'
import { ScriptedModel } from '@everthread/example-quickstart/scripted-model'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk } from '@langchain/core/outputs'

/** What a scripted answer waits for before each word. */
export type Pace = (signal: AbortSignal | undefined) => Promise<void>

const talking: Pace = (signal) => wait(30, undefined, { signal })

/** The scripted model of the quickstart, word by word. */
class SpeakingModel extends ScriptedModel {
  readonly #pace: Pace

  constructor(pace: Pace) {
    super()
    this.#pace = pace
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: { signal?: AbortSignal },
  ): AsyncGenerator<ChatGenerationChunk> {
    const { generations } = await this._generate(messages)
    for (const { message, text } of generations) {
      for (const word of text.match(/\S+\s*|\s+/g) ?? []) {
        await this.#pace(options.signal)
        yield new ChatGenerationChunk({ message: new AIMessageChunk(word), text: word })
      }
      const calls = 'tool_calls' in message ? (message.tool_calls as AIMessageChunk['tool_calls']) : []
      if (calls?.length) {
        yield new ChatGenerationChunk({ message: new AIMessageChunk({ content: '', tool_calls: calls }), text: '' })
      }
    }
  }
}

/** The model that `EVERTHREAD_MODEL` names, else the scripted one. */
export async function speakingModel(pace: Pace = talking): Promise<{ model: BaseChatModel; name: string }> {
  const chosen = await chooseModel()
  return chosen.model instanceof ScriptedModel ? { ...chosen, model: new SpeakingModel(pace) } : chosen
}
