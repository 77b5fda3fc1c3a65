import { randomUUID } from 'node:crypto'
import { isPlainJson } from '../codec/serialise-plain.ts'
import { EverthreadError } from '../errors.ts'
import type { NeutralMessage } from '../message/message.ts'
import { validateMessage } from '../message/validate.ts'
import type { SessionContent } from './session-content.ts'

interface Waiting {
  messages: NeutralMessage[]
  resolve(): void
  reject(error: unknown): void
}

/** Appends from all of this process: those that come while one is under way become one step together, in their order. */
export class MessageLog {
  readonly #content: SessionContent
  #waiting: Waiting[] = []
  #draining = false

  constructor(content: SessionContent) {
    this.#content = content
  }

  async list(): Promise<NeutralMessage[]> {
    const { messages } = await this.#content.load()
    return structuredClone(messages) as NeutralMessage[]
  }

  append(messages: NeutralMessage[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ messages, resolve, reject })
      if (!this.#draining) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#draining = true
    // What is asked for in the same tick goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0)
      try {
        await this.#content.extend({ messages: batch.flatMap(({ messages }) => messages), data: new Map() })
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#draining = false
  }
}

/**
 * A copy that is our own, with an id and a time.
 *
 * @throws `MESSAGE_INVALID`
 */
export function ownMessage(message: NeutralMessage, now: number): NeutralMessage {
  const valid = validateMessage(message)
  if (!isPlainJson(valid)) {
    throw new EverthreadError('MESSAGE_INVALID', 'Give messages as plain JSON: dates and the like as strings')
  }
  return { createdAt: Math.floor(now), ...structuredClone(valid), id: valid.id ?? randomUUID() }
}
