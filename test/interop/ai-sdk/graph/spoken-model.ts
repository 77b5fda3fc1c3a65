import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'

/** Looks up what it is asked, and says what it found; with its reasoning, a chunk for each word. */
export class SpokenModel extends BaseChatModel {
  /** Called before each chunk. */
  readonly between: (chunk: number, signal?: AbortSignal) => unknown
  readonly asked: BaseMessage[][] = []
  #chunks = 0

  constructor(between: (chunk: number, signal?: AbortSignal) => unknown = () => undefined) {
    super({})
    this.between = between
  }

  _llmType(): string {
    return 'spoken'
  }

  override bindTools(): this {
    return this
  }

  async _generate(): Promise<ChatResult> {
    throw new Error('Stream it')
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    { signal }: this['ParsedCallOptions'],
    manager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    this.asked.push(messages)
    const id = `said-${this.asked.length}`
    const last = messages.at(-1)
    const topic = String(messages.findLast((one) => one.type === 'human')?.content)
    const parts = last?.type === 'tool' ? this.#found(String(last.content)) : this.#lookUp(topic)
    for (const fields of parts) {
      await this.between(this.#chunks++, signal)
      signal?.throwIfAborted()
      const message = new AIMessageChunk({ id, content: '', ...fields })
      yield new ChatGenerationChunk({ message, text: String(message.content) })
      await manager?.handleLLMNewToken(String(message.content), undefined, undefined, undefined, undefined, {
        chunk: new ChatGenerationChunk({ message, text: String(message.content) }),
      })
    }
  }

  #lookUp(topic: string): object[] {
    const call = { type: 'tool_call_chunk', name: 'lookup', args: JSON.stringify({ topic }), index: 0 } as const
    return [
      ...['I ', 'must ', 'look.'].map((thinking) => ({ content: [{ type: 'thinking', thinking, index: 0 }] })),
      { tool_call_chunks: [{ ...call, id: `call-${this.asked.length}` }] },
    ]
  }

  #found(result: string): object[] {
    return ['It ', 'is ', result].map((content) => ({ content }))
  }
}
