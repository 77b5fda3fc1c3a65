import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkLegality, clearToolResults, keepLastTurns, trimToolResults } from '../../src/context/index.ts'
import { type NeutralMessage, SessionManager } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { faithful } from '../context/compaction/conversation.ts'

interface ChatMessage {
  role: string
  content: string | null
  name?: string
  tool_call_id?: string
  tool_calls?: { id: string; function: { name: string; arguments: string } }[]
}

const path = process.env.EVERTHREAD_TRANSCRIPTS
const conversations = path
  ? readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { messages: ChatMessage[] }).messages.map(neutral))
  : []

function neutral({ role, content, name, tool_call_id: id, tool_calls = [] }: ChatMessage, at: number): NeutralMessage {
  const text = content && role !== 'tool' ? [{ type: 'text', content }] : []
  const calls = tool_calls.map((call) => ({
    type: 'tool_call',
    id: call.id,
    name: call.function.name,
    arguments: JSON.parse(call.function.arguments),
  }))
  const results = role === 'tool' ? [{ type: 'tool_call_response', id: id ?? null, response: content }] : []
  return { id: `m${at}`, role, parts: [...text, ...calls, ...results], ...(name !== undefined && { name }) }
}

describe('recorded conversations, where they are given', () => {
  it('give back every cleared byte, are compacted with their identifiers, and come back whole', async () => {
    const sessions = new SessionManager({ store: memoryStore() }).asService()
    let recalled = 0
    let compacted = 0
    for (const messages of conversations) {
      const session = await sessions.create()
      await session.messages.append(messages)
      const history = await session.messages.list()
      const policy = [keepLastTurns(4), trimToolResults({ maxChars: 300, head: 100, tail: 100 }), clearToolResults()]
      const { receipt } = await session.context.build({ policy })
      const differences = await session.context.diff()
      for (const { handles, ids } of differences) {
        for (const handle of handles) {
          recalled++
          const { messages: given, part } = await session.context.recall(handle)
          expect(history).toEqual(expect.arrayContaining(given))
          if (part === undefined) expect(given.map(({ id }) => id)).toEqual(ids)
        }
      }
      expect(differences.flatMap(({ handles }) => handles)).toEqual(receipt.handles)

      const { outcome, problems } = await session.compact({ model: faithful, keepRecent: 6 })
      if (outcome === 'compacted') {
        compacted++
        expect(problems).toEqual([])
        const { messages: context } = await session.context.build({ provider: 'anthropic' })
        expect(checkLegality(context, { provider: 'anthropic' })).toEqual([])
      }
      while (await session.context.undo()) {
        // Back to the beginning.
      }
      expect(await session.context.messages()).toEqual(history)
      expect(await session.messages.list()).toEqual(history)
    }
    if (conversations.length > 0) {
      process.stdout.write(
        `${conversations.length} conversations: ${recalled} handles recalled, ${compacted} compacted\n`,
      )
      expect(recalled).toBeGreaterThan(conversations.length)
      expect(compacted).toBeGreaterThan(conversations.length / 2)
    }
  })
})
